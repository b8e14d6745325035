"""The searchable text of transcripts: what a sample says, in pages that a search can skip."""
