"""The machine's end of the link to a board, or to its stand-in (docs/hardware.md)."""
