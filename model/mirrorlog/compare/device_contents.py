"""What the storage devices of one system hold in a comparison, and whether a read returned that.

What a device returns is an input. It is compared with what the device must hold: its content before the start, and
every write burst that it has answered.
"""

import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.storage.storage_device import StorageDevice

# Write bursts of a device that are remembered
_REMEMBERED = 4096
# Each byte with its bits in reversed order
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Doubt(NamedTuple):
    """A read burst that returned other bytes than its device held when it was answered, as CRC-32."""

    device: int
    address: int
    size: int
    cycle: int
    held: int
    returned: int

    def describe(self) -> tuple[str, str]:
        """Say what the device holds, and what it returned."""
        where = f"device {self.device} at {self.address}+{self.size}"
        return f"{self.held:#010x}, of what {where} holds", f"{self.returned:#010x}: the device returned something else"


class DeviceContents:
    """The devices of one system as their answers to write bursts show. `known` is False once a write's data is not
    known; then nothing is compared any more.
    """

    def __init__(self, devices: int) -> None:
        self.known = True
        self._devices = [StorageDevice() for _ in range(devices)]
        self._written: list[deque[tuple[int, int, int]]] = [deque(maxlen=_REMEMBERED) for _ in range(devices)]

    def after_reset(self) -> list[StorageDevice]:
        """The system was reset, which reads nothing any more that it has asked for. Returns what its devices hold."""
        for written in self._written:
            written.clear()
        return [device.copy() for device in self._devices]

    def load(self, device: int, address: int, image: bytes) -> None:
        """A device holds this before the start."""
        self._devices[device].write(address, image)

    def write(self, device: int, address: int, size: int, cycle: int, data: bytes | None) -> None:
        """A device has carried out a write burst."""
        if data is None:
            self.known = False
            return
        self._devices[device].write(address, data)
        self._written[device].append((cycle, address, address + size))

    def doubt(self, device: int, address: int, size: int, cycle: int, crcs: Mapping[str, int]) -> Doubt | None:
        """Compare what a read burst returned, of which `crcs` has `crc` or `crc_reversed`, with what its device holds
        now."""
        data = self._devices[device].read(address, size)
        if "crc_reversed" in crcs:
            held, crc = zlib.crc32(data.translate(_REVERSED)), crcs["crc_reversed"]
        else:
            held, crc = zlib.crc32(data), crcs["crc"]
        return None if held == crc or not self.known else Doubt(device, address, size, cycle, held, crc)

    def is_settled(self, doubt: Doubt, since: int, adapter: DiskAdapter) -> bool:
        """Has the range been the same all the time since the cycle in which the read was decided, so that the device
        must return it? All records up to the burst's cycle have come.
        """
        first, end = doubt.address, doubt.address + doubt.size
        written = self._written[doubt.device]
        if len(written) == _REMEMBERED and written[0][0] >= since:
            return False
        if any(cycle >= since and first < last and start < end for cycle, start, last in written):
            return False
        return not any(
            device == doubt.device and first < address + len(data) and address < end
            for device, address, data in unfinished(adapter)
        )


def unfinished(adapter: DiskAdapter) -> Iterator[tuple[int, int, bytes]]:
    """Yield what no record says to be written: the device, the address there, and the bytes."""
    for writes in (adapter.volume_writes, adapter.restore_writes):
        for write in writes.values():
            yield from _placed(adapter, write.volume, write.position, write.data)
    for journals in adapter.journal_writes:
        for journal in journals:
            yield from _placed(adapter, journal.journal_volume, journal.information_place, journal.information)
            taken = 0
            for place, size in journal.parts:
                yield from _placed(adapter, journal.journal_volume, place, journal.data[taken : taken + size])
                taken += size


def _placed(adapter: DiskAdapter, volume: int, position: int, data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield where bytes of a volume lie: the device, the address there, and the bytes."""
    taken = 0
    for piece in adapter.pieces(volume, position, len(data)) if data else ():
        yield piece.device, piece.offset, data[taken : taken + piece.size]
        taken += piece.size
