"""Random runs in lock-step: what a seed draws, what then happens, and the command that runs one seed."""
