"""Settings of a group's replication: how its journals are read, stored and restored."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from mirrorlog.tables.units import BLOCK_BYTES

MILLISECOND = 1_000_000
"""In ns."""


class SettingsError(Exception):
    """A setting out of its range, or settings that contradict each other; the text names them."""


class ReadMode(Enum):
    """How a journal read command names what it wants and what may be freed; or that journals are
    pushed ([0171]), or read from the journal volume with usual reads ([0154]).
    """

    PLAIN = "plain"
    BY_NUMBER = "by-number"
    PUSH = "push"
    VOLUME_READ = "volume-read"


class NoRoom(Enum):
    """What becomes of a received journal that has no room ([0135])."""

    DROP = "drop"
    HOLD = "hold"


class NextCommand(Enum):
    """When the next journal read command is sent ([0131], [0134])."""

    AT_ONCE = "at-once"
    INTERVAL = "interval"
    BACKLOG = "backlog"
    TRAFFIC = "traffic"
    LOAD = "load"
    ORIGINAL = "original"


class JournalLayout(Enum):
    """How a journal volume is used ([0042])."""

    DIVIDED = "divided"
    CONTINUOUS = "continuous"


class VolumeUse(Enum):
    """How several journal volumes of a group are used ([0054])."""

    ALTERNATE = "alternate"
    STANDBY = "standby"


def _one_of(kind: type[Enum]) -> tuple[Callable[[Any], bool], str]:
    return lambda value: isinstance(value, kind), f"be one of {', '.join(member.value for member in kind)}"


_ANY: tuple[Callable[[Any], bool], str] = (lambda value: True, "")
_FROM_ONE: tuple[Callable[[Any], bool], str] = (lambda value: value >= 1, "be at least 1")
_FROM_ONE_OR_NONE: tuple[Callable[[Any], bool], str] = (lambda value: value is None or value >= 1, "be at least 1")
_NOT_NEGATIVE: tuple[Callable[[Any], bool], str] = (lambda value: value >= 0, "not be negative")
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "batch_journals": _FROM_ONE,
    "batch_bytes": _FROM_ONE,
    "commands": _FROM_ONE,
    "backlog": _FROM_ONE,
    "timeout": _FROM_ONE,
    "copy_volumes": _FROM_ONE,
    "restores": _FROM_ONE,
    "traffic": _FROM_ONE,
    "load": _FROM_ONE,
    "journal_volumes": _FROM_ONE,
    "interval": _NOT_NEGATIVE,
    "copy_unit": (
        lambda value: value >= BLOCK_BYTES and value % BLOCK_BYTES == 0,
        f"be a multiple of {BLOCK_BYTES}",
    ),
    "changed_block_bytes": (
        lambda value: value >= 0 and value % BLOCK_BYTES == 0,
        f"be 0 or a multiple of {BLOCK_BYTES}",
    ),
    "silence": _FROM_ONE_OR_NONE,
    "journal_cache": _NOT_NEGATIVE,
    "batch_time": _FROM_ONE_OR_NONE,
    "information_share": (lambda value: value is None or 0 < value < 1, "be above 0 and below 1"),
    "mode": _one_of(ReadMode),
    "no_room": _one_of(NoRoom),
    "next_command": _one_of(NextCommand),
    "layout": _one_of(JournalLayout),
    "volume_use": _one_of(VolumeUse),
}
"""What the value of each setting must be by itself, and how an error says it."""


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """Settings of one group; times in ns, sizes in bytes.

    - `batch_journals`, `batch_bytes`: the most that one journal read command is answered with (one journal always
    fits); - `commands`: journal read commands in flight at once;
    - `free_at_once`: the original system frees journals as it sends them ([0128]), so that none can be sent again;
    - `retry`: a dropped batch is asked for again with a retry specification;
    - `interval`: between commands (`next_command` interval), and before asking again after "no journal" or "no room";
    - `backlog`: with `next_command` backlog, commands are sent only while fewer journals than this wait for restore;
    - `traffic`: with `next_command` traffic, commands are sent only while fewer bytes than this came over the paths in
    the last interval; `load`: with `next_command` load, only while fewer writes than this are unfinished at the
    secondary system's devices; with `next_command` original, the original system's answer tells what it holds, and the
    next command waits for the interval unless at least `backlog` journals are left there ([0134]);
    - `batch_time`: how long a batch may keep the path busy; its bytes adapt to the transfer rate that the secondary
    system observes, within `batch_bytes` ([0126]); None for fixed batches;
    - `timeout`: after which an answer counts as lost, at first: it doubles each time that one does, up to a quarter of
    `silence`, and falls with answers;
    - `copy_unit`, `copy_volumes`: initial copy's journal size, and how many volumes it copies side by side ([0082]);
    - `restores`: journals that are written to secondary volumes at once;
    - `silence`: the heartbeat timeout: how long the original system waits for a journal read command before it gives
    the group up, None for ever;
    - `host_time`: a journal carries the creation time that the host gave with its write, if it gave one ([0041]);
    - `secondary_reads`: hosts may read secondary volumes ([0050]);
    - `changed_block_bytes`: bytes of a block of the map of changed blocks, 0 for no map;
    - `layout`: a journal volume is divided into two areas, or is one continuous area ([0042]); `information_share`: the
    update information area's share of a divided one, None for an eighth;
    - `journal_cache`: bytes of cache memory for journals on each side; those that find room there are not written to
    the journal volume ([0105], [0141]);
    - `journal_volumes`: of each side, and `volume_use` of several: alternately, or standing by ([0054]).
    """

    mode: ReadMode = ReadMode.BY_NUMBER
    batch_journals: int = 16
    batch_bytes: int = 1 << 20
    commands: int = 4
    free_at_once: bool = False
    retry: bool = True
    no_room: NoRoom = NoRoom.DROP
    next_command: NextCommand = NextCommand.AT_ONCE
    interval: int = MILLISECOND
    backlog: int = 64
    traffic: int = 1 << 20
    load: int = 64
    batch_time: int | None = None
    timeout: int = 50 * MILLISECOND
    copy_unit: int = 1 << 20
    copy_volumes: int = 1
    restores: int = 8
    silence: int | None = None
    host_time: bool = False
    secondary_reads: bool = False
    changed_block_bytes: int = 0
    layout: JournalLayout = JournalLayout.DIVIDED
    information_share: float | None = None
    journal_cache: int = 0
    journal_volumes: int = 1
    volume_use: VolumeUse = VolumeUse.ALTERNATE

    def __post_init__(self) -> None:
        for name in _VALUES:
            self._check_value(name, getattr(self, name))
        self._check_together()

    @staticmethod
    def _check_value(name: str, value: object) -> None:
        """Check the value of one setting, whatever the others are."""
        if name not in GroupSettings.__slots__:
            raise SettingsError(f"{name} is no setting of a group")
        fits, rule = _VALUES.get(name, _ANY)
        if not fits(value):
            raise SettingsError(f"{name} {value} must {rule}")

    def _check_together(self) -> None:
        """Check that no setting contradicts another."""
        if self.next_command is NextCommand.TRAFFIC and self.interval == 0:
            raise SettingsError("next_command traffic contradicts interval 0: traffic is counted over an interval")
        if self.information_share is not None and self.layout is JournalLayout.CONTINUOUS:
            raise SettingsError("information_share contradicts layout continuous: there is only one area")
        if self.volume_use is VolumeUse.STANDBY and self.journal_volumes < 2:
            raise SettingsError("volume_use standby contradicts journal_volumes 1: none is left to stand by")
        if self.mode is ReadMode.PLAIN and self.commands != 1:
            raise SettingsError(f"commands {self.commands} contradicts mode plain: exactly one command is in flight")
        if self.free_at_once and self.retry:
            raise SettingsError("free_at_once contradicts retry: what was freed cannot be sent again")
        if self.free_at_once and self.mode is not ReadMode.PLAIN:
            raise SettingsError(
                f"free_at_once contradicts mode {self.mode.value}: there the secondary says what may be freed"
            )
        if self.mode in (ReadMode.PUSH, ReadMode.VOLUME_READ):
            self._check_without_commands()
        if not self.retry and self.mode is ReadMode.PLAIN and self.no_room is NoRoom.DROP:
            raise SettingsError("no_room drop contradicts retry off: a dropped journal could not be asked for again")

    def _check_without_commands(self) -> None:
        """Check what makes no sense where there is no journal read command."""
        mode = self.mode.value
        if self.no_room is NoRoom.HOLD:
            raise SettingsError(f"no_room hold contradicts mode {mode}: what had no room comes again")
        if self.batch_time is not None:
            raise SettingsError(f"batch_time contradicts mode {mode}: the time of a journal read command is observed")
        if self.mode is ReadMode.PUSH:
            return
        if self.layout is JournalLayout.CONTINUOUS:
            raise SettingsError(
                f"layout continuous contradicts mode {mode}: pointers do not tell where a journal begins"
            )
        if self.journal_volumes > 1:
            raise SettingsError(
                f"journal_volumes {self.journal_volumes} contradicts mode {mode}: pointers of one volume are fetched"
            )
        if self.journal_cache:
            raise SettingsError(
                f"journal_cache {self.journal_cache} contradicts mode {mode}: what is there is in no journal volume"
            )

    def check_paths(self, paths: int) -> None:
        """Check that several connection paths between two systems are of use to a group with these settings."""
        if paths < 1:
            raise SettingsError(f"paths {paths} must be at least 1")
        if paths == 1:
            return
        if self.mode is ReadMode.PLAIN:
            raise SettingsError(f"paths {paths} contradicts mode plain: one command is in flight, on one path")
        if self.commands == 1:
            raise SettingsError(f"paths {paths} contradicts commands 1: one command is in flight, on one path")
        if self.journal_volumes > 1 and self.volume_use is VolumeUse.ALTERNATE:
            raise SettingsError(
                f"paths {paths} contradicts volume_use alternate: several paths bring journals out of order, but"
                " alternating journal volumes store in the order of numbers"
            )

    def with_value(self, name: str, value: object) -> "GroupSettings":
        """Return these settings with another value of one of them, as registers give them: one by one, so that two may
        contradict each other on the way. Where two do, plain mode uses one command slot, and an original system that
        frees at once has nothing to send again. Raises SettingsError if the value alone is out of its range.
        """
        self._check_value(name, value)
        settings = copy.copy(self)
        object.__setattr__(settings, name, value)
        return settings


REGISTER_SETTINGS = GroupSettings(batch_bytes=65536, interval=1000, timeout=100_000, copy_unit=4096)
"""The settings of a group before any are given: the reset values of the registers, times in cycles."""
