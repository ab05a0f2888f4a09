"""One question, many simulations."""
