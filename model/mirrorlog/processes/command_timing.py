"""When the next journal read command is sent, and how much it asks for ([0126], [0134])."""

from collections import deque
from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet
from mirrorlog.tables.settings import GroupSettings, NextCommand

LONGEST_TIMEOUT = 0xFFFF_FFFF
"""Of a journal read command whose original system waits for ever: 4.3 s, or as many cycles."""

_SMOOTHING = 4
"""A new observation of the transfer rate counts one part in so many."""


@dataclass(slots=True)
class PathTraffic:
    """The bytes that came over the connection paths lately: (time, bytes) of each packet of the last `window` ns."""

    window: int = 0
    packets: deque[tuple[int, int]] = field(default_factory=deque)
    total: int = 0

    def arrived(self, packet: Packet, now: int) -> None:
        """A packet came."""
        size = packet.size()
        self.packets.append((now, size))
        self.total += size

    def within(self, interval: int, now: int) -> int:
        """Return the bytes of the last `interval` ns, at most the window."""
        while self.packets and self.packets[0][0] <= now - self.window:
            self.total -= self.packets.popleft()[1]
        if interval == self.window:
            return self.total
        return sum(size for time, size in self.packets if time > now - interval)


@dataclass(slots=True)
class AdaptiveBatch:
    """The batch that a path carries in the time that the settings give it ([0126]).

    `rate` is bytes a ns, estimated from how much longer an answer takes than the shortest did (`shortest`, ns); it
    falls with the path's load as with its transfer rate, and by half when an answer is lost.
    """

    rate: float | None = None
    shortest: int | None = None

    def answered(self, size: int, took: int) -> None:
        """An answer of `size` bytes came `took` ns after its command."""
        self.shortest = took if self.shortest is None else min(self.shortest, took)
        if took == self.shortest:
            return
        rate = size / (took - self.shortest)
        self.rate = rate if self.rate is None else self.rate + (rate - self.rate) / _SMOOTHING

    def lost(self) -> None:
        """An answer did not come."""
        if self.rate is not None:
            self.rate /= 2

    def limit(self, settings: GroupSettings) -> int:
        """Return the bytes that the next command asks for at most."""
        if settings.batch_time is None or self.rate is None:
            return settings.batch_bytes
        return max(1, min(settings.batch_bytes, int(self.rate * settings.batch_time)))


def holds_back(settings: GroupSettings, waiting: int, load: int, traffic: int) -> bool:
    """Is no command to be sent now? `waiting` journals wait for restore, `load` device writes are unfinished, `traffic`
    bytes came in the last interval.
    """
    match settings.next_command:
        case NextCommand.BACKLOG:
            return waiting >= settings.backlog
        case NextCommand.LOAD:
            return load >= settings.load
        case NextCommand.TRAFFIC:
            return traffic >= settings.traffic
    return False


def longest_timeout(settings: GroupSettings) -> int:
    """Return the longest time-out of a journal read command: the original system must hear of this one four times
    within its heartbeat timeout `silence` ([0051]).
    """
    if settings.silence is None:
        return max(LONGEST_TIMEOUT, settings.timeout)
    return max(1, (settings.silence - 1) // 4)


def waits_after(settings: GroupSettings, packet: Packet) -> bool:
    """After an answer whose journals were stored: is the next command to wait for the interval?"""
    if settings.next_command is NextCommand.ORIGINAL:
        return packet.youngest - packet.journals[-1][0].update_number < settings.backlog
    return settings.next_command is NextCommand.INTERVAL
