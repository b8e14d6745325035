"""Tasks, agents, a solver, scorers and a scripted model provider: everything that the examples run."""
