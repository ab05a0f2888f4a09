"""The local socket of a run for hosts, and the run of the model behind it."""
