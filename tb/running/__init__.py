"""Builds and runs simulations, and what one asks for: options, progress, results."""
