"""A toy world for the rules of the core: three kinds of effect, a runbook of five stages, scripted people."""
