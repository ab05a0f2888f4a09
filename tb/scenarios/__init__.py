"""The simulation's side of `make sim`."""
