"""What stands before the app in a server: ids, limits, headers, figures, and a log of requests."""
