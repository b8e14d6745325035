"""What Inspect's own reader says of a log, as the rows that should be stored. Shares no code with the importer."""
