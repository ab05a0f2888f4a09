"""Control of path.v: one direction of connection path 200, its delay, bandwidth and faults."""

import random
import struct
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from cocotb.triggers import ClockCycles

from tb.config.files import beside, reverse_beats
from tb.config.settings import PathBehaviour
from tb.handles.storage_device import pause

CHANCE_UNITS = 65536
CHANNELS = 2
ALL_TYPES = 0xFFFF


class Fault(Enum):
    """What can happen to a packet, and the register of path.v that counts how often it did."""

    DROP = "dropped"
    CORRUPT = "corrupted"
    DUPLICATE = "duplicated"
    REORDER = "reordered"


@dataclass(frozen=True, slots=True)
class PathCounts:
    """Packets that had each fault, that were lost in a cut, that were put in, that came and left; beats that left."""

    dropped: int
    corrupted: int
    duplicated: int
    reordered: int
    lost: int
    inserted: int
    packets_in: int
    packets_out: int
    beats_out: int


class ConnectionPath:
    """One direction, from the system with this number; `handle` is its path instance, `prefix` that of the bench's
    files."""

    def __init__(self, handle: Any, clock: Any, prefix: Path, system: int, beat_bytes: int) -> None:
        self.handle = handle
        self._clock = clock
        self._beat_bytes = beat_bytes
        self._inserts = beside(prefix, f"path_inserts{system}").open("ab")
        self._available = 0

    def configure(self, behaviour: PathBehaviour, generator: random.Random) -> None:
        """Set delay, bandwidth and chances."""
        self.set_delay(behaviour.delay)
        self.set_bandwidth(behaviour.beats, behaviour.cycles)
        self.set_chances(behaviour, generator)
        pause(self.handle.pauses, [behaviour.pauses] * CHANNELS, generator)

    def set_delay(self, cycles: int) -> None:
        """Cycles from a beat's coming to its leaving."""
        self.handle.delay.value = cycles

    def set_bandwidth(self, beats: int, cycles: int) -> None:
        """Let `beats` pass in `cycles`."""
        self.handle.rate_beats.value = beats
        self.handle.rate_cycles.value = cycles

    def set_chances(self, behaviour: PathBehaviour, generator: random.Random) -> None:
        """Let packets have faults by chance, as the behaviour's shares (percent) say."""
        shares = (behaviour.drop, behaviour.corrupt, behaviour.duplicate, behaviour.reorder)
        chances = [min(CHANCE_UNITS - 1, round(share * CHANCE_UNITS / 100)) for share in shares]
        for name, chance in zip(("drop", "corrupt", "duplicate", "reorder"), chances, strict=True):
            getattr(self.handle, f"{name}_chance").value = chance
        self.handle.state.value = generator.getrandbits(64) | 1

    def fail(self, fault: Fault, count: int = 1, packet_type: int | None = None) -> None:
        """Let the next `count` packets (of `packet_type`, if one is given) have a fault. One type at a time."""
        self.handle.types.value = ALL_TYPES if packet_type is None else 1 << packet_type
        getattr(self.handle, f"{fault.name.lower()}_next").value = count

    def insert(self, packet: bytes) -> None:
        """Put a packet of whole beats in, behind what has come."""
        self._inserts.write(struct.pack(">I", len(packet) // self._beat_bytes))
        self._inserts.write(reverse_beats(packet, self._beat_bytes))
        self._inserts.flush()
        self._available += 1
        self.handle.available.value = self._available

    def cut(self) -> None:
        """Lose what comes from now on."""
        self.handle.cut.value = 1

    def heal(self) -> None:
        """Carry what comes from now on."""
        self.handle.cut.value = 0

    def hold(self, held: bool) -> None:
        """Take no other packet as long as `held`; one that has begun to come ends."""
        self.handle.hold.value = held

    def counts(self) -> PathCounts:
        """Return what has happened so far."""
        return PathCounts(*(int(getattr(self.handle, name).value) for name in PathCounts.__dataclass_fields__))

    @property
    def is_empty(self) -> bool:
        """Is nothing in flight?"""
        return bool(int(self.handle.empty.value))

    async def wait_empty(self) -> None:
        """Wait until nothing is in flight."""
        while not self.is_empty:
            await ClockCycles(self._clock, 1)
