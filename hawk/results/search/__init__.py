"""Search in the text of transcripts: any substring, every hit, a true total."""
