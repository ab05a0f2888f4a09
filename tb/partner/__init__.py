"""The model as partner: it plays one of the two systems of a bench, over the connection path."""
