"""All SQL of the results' read side."""
