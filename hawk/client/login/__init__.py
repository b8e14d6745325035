"""Logging in: where, how, and what is kept of it."""
