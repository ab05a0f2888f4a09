"""Units of sizes and positions, bytes."""

BLOCK_BYTES = 512
