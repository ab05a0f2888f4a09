"""Seeded random host commands that overlap each other, and now and then break a rule."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mirrorlog.tables.shared_memory import VolumeState
from tb.config.settings import BLOCK_BYTES, Volume
from tb.handles.host_port import WRITES, HostCommand, Opcode

INVALID_OPCODES = (0, 4, 6, 255)
OPCODE_WEIGHTS = {Opcode.WRITE: 12, Opcode.READ: 6, Opcode.FLUSH: 2}
# Of a host that mostly reads
READ_WEIGHTS = {Opcode.WRITE: 3, Opcode.READ: 15, Opcode.FLUSH: 2}
# Of 256 writes so many are discards, and so many are answered after their device's response
DISCARDED, WITH_FUA = 40, 32
# Chance that a read is larger than a write may be
LARGE_READS = 0.05


@dataclass(slots=True)
class RandomHost:
    """Makes commands for `volumes`; sizes up to `max_transfer_bytes`, positions close together so that commands
    overlap. `weights` say which opcodes are frequent.

    `broken` is the chance of a command that must be refused, `gaps` that of idle cycles before a command. Volumes in
    `unread` (journal volumes, whose content is not ordered with host commands) are not read.
    """

    generator: random.Random
    volumes: Sequence[Volume]
    max_transfer_bytes: int
    beat_bytes: int
    broken: float = 0.05
    gaps: float = 0.1
    span_blocks: int = 32
    unread: frozenset[int] = frozenset()
    weights: Mapping[Opcode, int] = field(default_factory=OPCODE_WEIGHTS.copy)
    # of a read, now and then, if that is more: it has no journal
    largest_read_bytes: int = 0

    def command(self) -> HostCommand:
        """Return the next command."""
        if self.generator.random() < self.broken:
            return self.refused()
        usable = [v for v in self.volumes if v.state in (VolumeState.NORMAL, VolumeState.ORIGINAL)]
        volume = self.generator.choice(usable)
        (opcode,) = self.generator.choices(list(self.weights), list(self.weights.values()))
        if volume.number in self.unread:
            opcode = Opcode.WRITE
        gap = self.generator.randrange(40) if self.generator.random() < self.gaps else 0
        if opcode == Opcode.FLUSH:
            return HostCommand(opcode, volume.number, gap=gap)
        size = min(self.size(opcode), volume.capacity)
        first = self.generator.randrange(min(self.span_blocks, (volume.capacity - size) // BLOCK_BYTES + 1))
        position = volume.first + first * BLOCK_BYTES
        if self.generator.random() < 0.1:  # the end of the volume
            position = volume.first + volume.capacity - size
        data = self.generator.randbytes(size) if opcode == Opcode.WRITE else None
        return varied(HostCommand(opcode, volume.number, position, size, data, gap))

    def size(self, opcode: Opcode | None = None) -> int:
        """Return a size in bytes: one block, the largest transfer, or something between."""
        most = self.max_transfer_bytes // BLOCK_BYTES
        larger = opcode == Opcode.READ and self.largest_read_bytes > self.max_transfer_bytes
        if larger and self.generator.random() < LARGE_READS:
            most = self.largest_read_bytes // BLOCK_BYTES
        return BLOCK_BYTES * self.generator.choice([1, 1, self.generator.randint(1, most), most])

    def refused(self) -> HostCommand:
        """Return a command that is wrong in one way or more."""
        volume = self.generator.choice(self.volumes)
        number, size = volume.number, self.size()
        position, end = volume.first + BLOCK_BYTES * self.generator.randrange(8), volume.first + volume.capacity
        opcode: int = self.generator.choice([Opcode.READ, Opcode.WRITE])
        if number in self.unread:
            opcode = Opcode.WRITE
        wrong = self.generator.randrange(8)
        sent = size
        if wrong == 0:
            opcode = self.generator.choice(INVALID_OPCODES)
        elif wrong == 1:
            number = self.generator.choice([max(v.number for v in self.volumes) + 1, 100, 0xFFFF])
        elif wrong == 2:
            size = sent = 0
        elif wrong == 3:
            position += self.generator.randrange(1, BLOCK_BYTES)
        elif wrong == 4:
            size += self.generator.randrange(1, BLOCK_BYTES)
            sent = size
        elif wrong == 5:
            position = self.generator.choice([end - size + BLOCK_BYTES, end, 2**64 - BLOCK_BYTES])
        elif wrong == 6:
            size = sent = self.max_transfer_bytes + BLOCK_BYTES * self.generator.randint(1, 3)
        else:
            opcode = Opcode.WRITE
            beats = self.generator.choice([-1, 1, 5])
            sent = max(self.beat_bytes, size + beats * self.beat_bytes)
        data = self.generator.randbytes(sent) if opcode == Opcode.WRITE and size else None
        command = HostCommand(opcode, number, position, size, data)
        # what is wrong may be the length of the data, which a discard has not
        return command if sent != size else varied(command)


def varied(command: HostCommand) -> HostCommand:
    """Return some writes as discards, some with FUA, drawn from their data: so all else stays as drawn."""
    if command.opcode != Opcode.WRITE or not command.data:
        return command
    discards, waits = command.data[0] < DISCARDED, command.data[1] < WITH_FUA
    if discards:
        return replace(command, opcode=Opcode.DISCARD_FUA if waits else Opcode.DISCARD, data=None)
    return replace(command, opcode=WRITES[waits])


def discard(command: HostCommand) -> HostCommand:
    """Return a discard in the place of a write; another command as it is."""
    return replace(command, opcode=Opcode.DISCARD, data=None) if command.opcode == Opcode.WRITE else command
