"""A config's packages: from requirement strings to a lock, and from a lock to an environment.

The CLI resolves with it before a submission, the runner installs with it. It never runs on a server.
"""
