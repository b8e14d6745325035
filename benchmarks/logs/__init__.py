"""Logs to measure on, made once by Inspect's own objects and recorder and kept between runs."""
