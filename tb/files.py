"""The binary files through which the bench exchanges data with Python.

A bench's files share a prefix, given to the simulation as +files=PREFIX: `PREFIX.host_commands` and so on.
"""

from pathlib import Path


def beside(prefix: Path, suffix: str) -> Path:
    """Return the file PREFIX.suffix."""
    return prefix.with_name(f"{prefix.name}.{suffix}")


def reverse_beats(data: bytes, beat_bytes: int) -> bytes:
    """Reverse the bytes of each beat, padding the last with zeros: Verilog's $fread takes a word's first byte as its
    highest."""
    padding = -len(data) % beat_bytes
    whole = (data + bytes(padding))[::-1]
    count = len(whole) // beat_bytes
    return b"".join(whole[index * beat_bytes : (index + 1) * beat_bytes] for index in range(count - 1, -1, -1))
