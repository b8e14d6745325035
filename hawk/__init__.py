"""Hawk runs Inspect AI evaluations and Inspect Scout scans, and makes what they produce queryable."""

__version__ = "0.1.0"
