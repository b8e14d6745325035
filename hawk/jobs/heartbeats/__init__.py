"""What runners say over HTTP: taken into memory, written together, and what depends on it at once."""
