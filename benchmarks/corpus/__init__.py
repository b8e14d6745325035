"""A warehouse as a year of evals fills it: a million samples, each with a message, in two thousand logs."""
