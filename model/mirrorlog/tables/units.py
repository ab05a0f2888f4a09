"""Units and numbers that all tables share."""

BLOCK_BYTES = 512
"""The unit of sizes and positions."""

NONE = 0xFFFF
"""The number that stands for no pair, group or volume."""
