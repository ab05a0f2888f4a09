"""A storage system that the model plays, step by step, with the part of a capture that it shows."""
