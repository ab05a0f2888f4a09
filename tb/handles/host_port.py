"""The host's side of the bench: pushes host commands into host_port.v through its files."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from cocotb_bus.drivers import BusDriver

from tb.config.files import beside, reverse_beats


class Opcode(IntEnum):
    """Operation codes of the host port's command channel."""

    READ = 1
    WRITE = 2
    FLUSH = 3
    JOURNAL_READ = 4
    DISCARD = 5
    # answered after the device's response
    WRITE_FUA = 0x82
    DISCARD_FUA = 0x85


WRITES = (Opcode.WRITE, Opcode.WRITE_FUA)
DISCARDS = (Opcode.DISCARD, Opcode.DISCARD_FUA)


@dataclass(frozen=True, slots=True)
class HostCommand:
    """One host command. `position` and `size` in bytes; `data` is the packet on the write data stream, None for no
    packet.

    `gap` is the number of idle cycles before it; `alone` waits until every earlier command is answered.
    """

    opcode: int
    volume: int
    position: int = 0
    size: int = 0
    data: bytes | None = None
    gap: int = 0
    alone: bool = False

    def pack(self, beat_bytes: int) -> tuple[bytes, bytes]:
        """Return the entries of the command file and of the payload file."""
        payload = b"" if self.data is None else reverse_beats(self.data, beat_bytes)
        fields = (self.opcode, self.alone, self.volume, self.position, self.size, len(payload) // beat_bytes, self.gap)
        return struct.pack(">BBHQIII", *fields), payload


class HostPortDriver(BusDriver):  # type: ignore[misc]
    """Appends host commands to the files that host_port.v reads; a transaction takes no simulation time.

    `entity` is the host_port instance, `system` the number of its storage system. `pushed`
    counts the commands; the tag of command n is `tag_first` + n.
    """

    _signals = [  # noqa: RUF012 - the base class's contract
        "available", "issued", "answered", "queue_depth", "tag_first", "hold_read_data", "hold_responses",
    ]  # fmt: skip

    def __init__(self, entity: Any, clock: Any, prefix: Path, system: int, beat_bytes: int) -> None:
        super().__init__(entity, None, clock)
        self.pushed = 0
        self._beat_bytes = beat_bytes
        self._commands = beside(prefix, f"host_commands{system}").open("ab")
        self._payload = beside(prefix, f"host_payload{system}").open("ab")

    def configure(self, queue_depth: int, tag_first: int) -> None:
        """Set how many commands may be outstanding, and the tag of the first command."""
        self.set_queue_depth(queue_depth)
        self.bus.tag_first.value = tag_first
        self.tag_first = tag_first

    def set_queue_depth(self, queue_depth: int) -> None:
        """Set how many commands may be outstanding from now on."""
        self.bus.queue_depth.value = queue_depth

    def hold(self, read_data: bool = False, responses: bool = False) -> None:
        """Take no read data, no responses until called again."""
        self.bus.hold_read_data.value = read_data
        self.bus.hold_responses.value = responses

    def tag(self, number: int) -> int:
        """Return the tag of the command that was pushed as `number`, from 0."""
        return (self.tag_first + number) % 65536

    @property
    def answered(self) -> int:
        """How many commands are answered."""
        return int(self.bus.answered.value)

    async def _driver_send(self, transaction: HostCommand, sync: bool = True, **_: Any) -> None:
        self.push(transaction)

    def push(self, command: HostCommand) -> int:
        """Hand one command to the host port; return its number."""
        entry, payload = command.pack(self._beat_bytes)
        self._payload.write(payload)
        self._payload.flush()
        self._commands.write(entry)
        self._commands.flush()
        self.pushed += 1
        self.bus.available.value = self.pushed
        return self.pushed - 1
