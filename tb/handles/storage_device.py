"""Control of storage_device.v: contents, latency, back-pressure and errors."""

import random
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from typing import Any

from cocotb.triggers import ClockCycles

from tb.config.files import beside, reverse_beats

CHANCE_UNITS = 128
STATE_MASK = (1 << 64) - 1


class Kinds(IntFlag):
    """Which bursts fail."""

    WRITES = 1
    READS = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class DeviceError:
    """The next `count` bursts of `kinds` that touch bytes `first` to `last` of a device are answered `resp` (2
    SLVERR, 3 DECERR)."""

    kinds: Kinds
    first: int = 0
    last: int = STATE_MASK
    resp: int = 2
    count: int = 1


@dataclass(frozen=True, slots=True)
class DeviceDamage:
    """The next `count` read bursts that touch bytes `first` to `last` return those inverted, without an error; or, if
    bits are set in `elsewhere`, what lies where these bits of the place are the other way round (at least a beat away).
    If bits are set in `mask`, only bytes whose places have those of `pattern` there.
    """

    first: int
    last: int
    count: int = 1
    elsewhere: int = 0
    mask: int = 0
    pattern: int = 0

    def strikes(self, place: int) -> bool:
        """Does a burst that it touches return this byte otherwise?"""
        return self.first <= place <= self.last and not (place ^ self.pattern) & self.mask


def pause(handle: Any, percent: list[float], generator: random.Random) -> None:
    """Set the chance of a pause for each channel of a pauses.v instance, and seed it."""
    chances = [min(CHANCE_UNITS - 1, round(p * CHANCE_UNITS / 100)) for p in percent]
    handle.state.value = generator.getrandbits(64) | 1
    handle.chance.value = sum(chance << (8 * channel) for channel, chance in enumerate(chances))


class StorageDevice:
    """One storage device of the bench; `handle` is its storage_device instance."""

    def __init__(self, handle: Any, clock: Any, prefix: Path, system: int, number: int) -> None:
        self.handle = handle
        self._clock = clock
        self._dump = beside(prefix, f"device{system}_{number}_dump")

    @staticmethod
    def write_image(prefix: Path, system: int, number: int, image: bytes, beat_bytes: int) -> None:
        """Write the file that device `number` of a system is loaded from when the simulation starts."""
        beside(prefix, f"device{system}_{number}_load").write_bytes(reverse_beats(image, beat_bytes))

    def set_latency(self, write: int, read: int) -> None:
        """Cycles from last write beat to response, and from read command to first beat."""
        self.handle.write_latency.value = write
        self.handle.read_latency.value = read

    def set_pauses(self, percent: float, generator: random.Random) -> None:
        """Pause every channel with this chance in each cycle."""
        pause(self.handle.pauses, [percent] * 5, generator)

    def hold(self, write_responses: bool = False, read_data: bool = False, commands: bool = False) -> None:
        """Hold back responses, take neither commands nor write data, until called again."""
        self.handle.hold_write_responses.value = write_responses
        self.handle.hold_read_data.value = read_data
        self.handle.hold_commands.value = commands

    def fail(self, error: DeviceError) -> None:
        """Answer bursts with errors."""
        self.handle.error_kinds.value = error.kinds
        self.handle.error_first.value = error.first
        self.handle.error_last.value = error.last
        self.handle.error_resp.value = error.resp
        self.handle.error_count.value = error.count

    def damage(self, damage: DeviceDamage) -> None:
        """Let the device return other bytes than it holds."""
        self.handle.damage_first.value = damage.first
        self.handle.damage_last.value = damage.last
        self.handle.damage_elsewhere.value = damage.elsewhere
        self.handle.damage_mask.value = damage.mask
        self.handle.damage_pattern.value = damage.pattern
        self.handle.damage_count.value = damage.count

    async def dump(self) -> bytes:
        """Return the whole content, as of some cycle until this ends."""
        request = int(self.handle.dump_request.value) + 1
        self.handle.dump_request.value = request
        while int(self.handle.dump_done.value) < request:  # another one may be asked for meanwhile
            await ClockCycles(self._clock, 1)
        return self._dump.read_bytes()
