"""What Hawk's processes say to their operator."""
