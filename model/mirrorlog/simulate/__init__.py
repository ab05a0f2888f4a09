"""Systems in simulated time, under a load, with distance and disasters."""
