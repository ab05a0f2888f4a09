"""A capture as a database, and the life of each of its journals."""
