"""The tables of a storage system (FIG 3 to 8) and what they are made of."""
