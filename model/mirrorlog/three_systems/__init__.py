"""What the third embodiment adds (FIG 23, 24)."""
