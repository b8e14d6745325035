"""The process that watches over one launch of a job: standard library only.

It is run as a folder (``python -I -S …/supervisor JOB_FOLDER``), so that it starts in some 30 ms,
holds 10 MB and needs nothing of Hawk's environment, which may be replaced while a job runs.
Everything is imported at its start. The backend imports the same modules for what both must do alike.
"""
