"""Amazon's services for Hawk."""
