"""A storage device 150: bytes at addresses, zero where nothing was written."""

from collections.abc import Iterator

_PAGE_BITS = 12
_PAGE_BYTES = 1 << _PAGE_BITS
_PAGE_MASK = _PAGE_BYTES - 1
_ZEROS = bytes(_PAGE_BYTES)


class StorageDevice:
    """The content of one storage device, held in pages that exist once something else than zeros was written into them.
    Addresses and sizes are bytes.
    """

    __slots__ = ("_pages",)

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Store `data` at `address`."""
        size = len(data)
        start = address & _PAGE_MASK
        if start + size <= _PAGE_BYTES:
            page = self._pages.get(address >> _PAGE_BITS)
            if page is None:
                if bytes(data) == _ZEROS[:size]:
                    return
                page = self._pages[address >> _PAGE_BITS] = bytearray(_PAGE_BYTES)
            page[start : start + size] = data
            return
        view = memoryview(data)
        done = 0
        while done < size:
            count = min(size - done, _PAGE_BYTES - (address + done & _PAGE_MASK))
            self.write(address + done, view[done : done + count])
            done += count

    def read(self, address: int, size: int) -> bytes:
        """Return the `size` bytes at `address`."""
        start = address & _PAGE_MASK
        if start + size <= _PAGE_BYTES:
            page = self._pages.get(address >> _PAGE_BITS)
            return bytes(size) if page is None else bytes(page[start : start + size])
        data = bytearray()
        while len(data) < size:
            count = min(size - len(data), _PAGE_BYTES - (address + len(data) & _PAGE_MASK))
            data += self.read(address + len(data), count)
        return bytes(data)

    def written(self, first: int, size: int) -> Iterator[tuple[int, int]]:
        """Yield the parts (address, bytes) of a range outside of which it holds only zeros, in order."""
        pages = range(first >> _PAGE_BITS, first + size + _PAGE_MASK >> _PAGE_BITS)
        if len(pages) < len(self._pages):
            held = [page for page in pages if page in self._pages]
        else:
            held = sorted(page for page in self._pages if page in pages)
        for page in held:
            address = max(first, page << _PAGE_BITS)
            yield address, min(first + size, page + 1 << _PAGE_BITS) - address

    def copy(self) -> "StorageDevice":
        """Return another device with this content."""
        device = StorageDevice()
        device._pages = {number: bytearray(page) for number, page in self._pages.items()}
        return device

    def end(self) -> int:
        """Return an address at and behind which there are only zeros."""
        return (max(self._pages) + 1) * _PAGE_BYTES if self._pages else 0

    def image(self, size: int | None = None, first: int = 0) -> bytes:
        """Return the content from the address `first` on, `size` bytes of it (default: up to `end`)."""
        return self.read(first, max(0, self.end() - first) if size is None else size)
