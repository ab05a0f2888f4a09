"""The data of writes: as the trace has it, or, where it has none, from a seed."""

import random
from types import TracebackType
from typing import BinaryIO

from mirrorlog.convert.trace import ConvertError, Piece
from mirrorlog.convert.volumes import Placed


class WriteData:
    """Returns the data of writes, asked for in their order: seeded data is the next of one sequence. A context manager,
    which closes the files that it has read from."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> "WriteData":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def of(self, request: Placed) -> bytes:
        """Return a write's data. Raises ConvertError if a file does not have it, OSError."""
        if request.data is None:
            return self._random.randbytes(request.size)
        if isinstance(request.data, Piece):
            return self._read(request.data, request.size)
        return request.data

    def _read(self, piece: Piece, size: int) -> bytes:
        name = str(piece.file)
        if name not in self._files:
            self._files[name] = piece.file.open("rb")
        file = self._files[name]
        file.seek(piece.offset)
        data = file.read(size)
        if len(data) != size:
            raise ConvertError(f"{name}: too short: {size} bytes of a write at {piece.offset}, it has {len(data)}")
        return data
