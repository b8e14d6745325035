"""Browsers that are logged in: the login at the provider, and the session that follows."""
