"""What the embodiments vary: pushed journals, usual reads, several journal volumes, resynchronization."""
