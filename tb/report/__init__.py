"""What a capture shows: figures, numbers over time, the picture of a run."""
