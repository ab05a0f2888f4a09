"""The registers of a group: group information, pointer information, and replication with its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntFlag

from mirrorlog.registers.register import Register, any_value
from mirrorlog.tables.addresses import BLOCKS, ENTRIES, WORD, addressed
from mirrorlog.tables.settings import GroupSettings, NextCommand, NoRoom, ReadMode, SettingsError
from mirrorlog.tables.shared_memory import FullPolicy, GroupInformation, GroupState, Parameters, Reason
from mirrorlog.tables.units import BLOCK_BYTES, NONE

_U32 = 0xFFFF_FFFF

LEAST_INTERVAL, LEAST_TIMEOUT, LEAST_SILENCE = 16, 64, 1024
"""In cycles. Below the first two a system would be busy with asking alone; a quarter of the last has room for a
time-out.
"""

ANY_TIME = frozenset(
    {
        "full_policy", "watch_time", "batch_journals", "batch_bytes", "commands", "no_room", "interval", "timeout",
        "next_command", "backlog", "silence",
    }
)  # fmt: skip
"""The registers that are settings: they are written at any time, and count from the next decision on."""


class Activity(IntFlag):
    """The bits of the register `activity`."""

    ORIGINAL_STARTED = 1
    SECONDARY_STARTED = 2
    TAKEOVER = 4
    STOPPED = 8
    RESTORE_STOPPED = 16
    RETRY = 64


_FLAGS = {
    Activity.ORIGINAL_STARTED: ("original", "started"),
    Activity.SECONDARY_STARTED: ("secondary", "started"),
    Activity.TAKEOVER: ("secondary", "takeover"),
    Activity.STOPPED: ("secondary", "stopped"),
    Activity.RESTORE_STOPPED: ("secondary", "restore_stopped"),
}
_SETTING_FLAGS = {Activity.RETRY: "retry"}


@dataclass(frozen=True, slots=True)
class ProgressRegister(Register):
    """A register of what one role keeps (`original` or `secondary` is the field's name in its progress), or of what
    both keep in one word: it shows that of the role that was started, and a value written counts in either.
    """

    original: str = ""
    secondary: str = ""

    def value(self, row: object) -> int:
        """Return what the register reads."""
        assert isinstance(row, GroupInformation)
        if not self.original or (self.secondary and row.secondary.started):
            return int(getattr(row.secondary, self.secondary))
        return int(getattr(row.original, self.original))

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        assert isinstance(row, GroupInformation)
        if self.original:
            setattr(row.original, self.original, value)
        if self.secondary:
            setattr(row.secondary, self.secondary, value)


@dataclass(frozen=True, slots=True)
class SettingRegister(Register):
    """A register that shows a setting of a group; `setting` is its name in GroupSettings, `codes` its values if they
    are an enumeration's (those of the main line: variations have no registers).
    """

    setting: str = ""
    codes: tuple[Enum, ...] = ()

    def value(self, row: object) -> int:
        """Return what the register reads; no silence is 0."""
        assert isinstance(row, GroupInformation)
        value = getattr(row.settings, self.setting)
        return self.codes.index(value) if self.codes else int(value or 0)

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        assert isinstance(row, GroupInformation)
        row.settings = self._settings(row, value)

    def fits_row(self, row: object, value: int, parameters: Parameters) -> bool:
        """Is a value that the register accepts one of the setting?"""
        assert isinstance(row, GroupInformation)
        try:
            self._settings(row, value)
        except SettingsError:
            return False
        return True

    def _settings(self, row: GroupInformation, value: int) -> GroupSettings:
        return row.settings.with_value(self.setting, self.codes[value] if self.codes else self.convert(value))


@dataclass(frozen=True, slots=True)
class ActivityRegister(Register):
    """The register of what runs in a group; what both roles keep in one word stays when a group gets the other role."""

    def value(self, row: object) -> int:
        """Return what the register reads."""
        assert isinstance(row, GroupInformation)
        flags = [bit for bit, (role, name) in _FLAGS.items() if getattr(getattr(row, role), name)]
        flags += [bit for bit, name in _SETTING_FLAGS.items() if getattr(row.settings, name)]
        return sum(flags)

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        assert isinstance(row, GroupInformation)
        words = [(register, register.value(row)) for register in _OF_BOTH_ROLES.values()]
        for bit, (role, name) in _FLAGS.items():
            setattr(getattr(row, role), name, bool(value & bit))
        for register, word in words:
            register.load(row, word)
        for bit, name in _SETTING_FLAGS.items():
            row.settings = row.settings.with_value(name, bool(value & bit))


class Unanswered(IntFlag):
    """The bits of the register `unanswered`."""

    START = 1
    STATE = 2


@dataclass(frozen=True, slots=True)
class UnansweredRegister(Register):
    """The register of what a group's partner has not answered."""

    def value(self, row: object) -> int:
        """Return what the register reads."""
        assert isinstance(row, GroupInformation)
        return row.original.start_unanswered * Unanswered.START | row.state_unanswered * Unanswered.STATE

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        assert isinstance(row, GroupInformation)
        row.original.start_unanswered = bool(value & Unanswered.START)
        row.state_unanswered = bool(value & Unanswered.STATE)


@dataclass(frozen=True, slots=True)
class StateRegister(Register):
    """The register of a group's state: a group that is not "abnormal" has no reason."""

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        assert isinstance(row, GroupInformation)
        row.state = GroupState(value)
        if row.state is not GroupState.ABNORMAL:
            row.reason = Reason.NONE


@dataclass(frozen=True, slots=True)
class SentRegister(Register):
    """The register of the bytes of update information between oldest and read initiation."""

    def value(self, row: object) -> int:
        """Return what the register reads."""
        assert isinstance(row, GroupInformation)
        return row.ring.sent

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        assert isinstance(row, GroupInformation)
        row.ring.sent = value


def _pair_set(value: int, parameters: Parameters) -> bool:
    return value < 1 << parameters.pairs


def _journal_volume_or_none(value: int, parameters: Parameters) -> bool:
    return value < parameters.volumes or value == NONE


def _interval(value: int, parameters: Parameters) -> bool:
    return value >= LEAST_INTERVAL


def _timeout(value: int, parameters: Parameters) -> bool:
    return value >= LEAST_TIMEOUT


def _silence(value: int, parameters: Parameters) -> bool:
    return value == 0 or value >= LEAST_SILENCE


def _journals(value: int, parameters: Parameters) -> bool:
    return value <= parameters.batch_journals


def _batch_bytes(value: int, parameters: Parameters) -> bool:
    return BLOCK_BYTES <= value <= parameters.batch_bytes


def _commands(value: int, parameters: Parameters) -> bool:
    return value <= parameters.commands


def _copy_unit(value: int, parameters: Parameters) -> bool:
    return value <= parameters.max_transfer_bytes


def _setting(
    name: str,
    setting: str | None = None,
    mask: int = WORD,
    fits: Callable[[int, Parameters], bool] = any_value,
) -> SettingRegister:
    return SettingRegister(name, mask, fits=fits, setting=setting or name)


def _choice(name: str, order: tuple[Enum, ...], setting: str | None = None) -> SettingRegister:
    return SettingRegister(name, convert=order.__getitem__, setting=setting or name, codes=order)


_OF_BOTH_ROLES: dict[int, Register] = {
    0x190: ProgressRegister("host_bytes", original="freed_host_bytes", secondary="committed_host_bytes"),
    0x198: ProgressRegister("tag", _U32, original="taken_tag", secondary="sent_tag"),
    0x1B0: ProgressRegister("marked", fits=_pair_set, original="end_markers_created", secondary="end_markers_restored"),
}
GROUP_REGISTERS: dict[int, Register] = {
    0x00: StateRegister("state", convert=GroupState),
    0x08: Register("pair_set", fits=_pair_set),
    0x10: Register("journal_volume", fits=_journal_volume_or_none),
    0x18: Register("update_number"),
    0x20: Register("data_offset"),
    0x28: Register("full_policy", convert=FullPolicy),
    0x30: Register("watch_time", _U32),
    0x38: Register("reason", convert=Reason),
}
RING_REGISTERS: dict[int, Register] = {
    0x80: Register("update_information_head", ENTRIES, fits=addressed),
    0x88: Register("write_data_head", BLOCKS, fits=addressed),
    0x90: Register("update_information_newest", ENTRIES, fits=addressed),
    0x98: Register("update_information_oldest", ENTRIES, fits=addressed),
    0xA0: Register("write_data_newest", BLOCKS, fits=addressed),
    0xA8: Register("write_data_oldest", BLOCKS, fits=addressed),
    0xB0: Register("read_initiation", ENTRIES, fits=addressed),
    0xB8: Register("retry_initiation", ENTRIES, fits=addressed),
    0xC0: Register("update_information_commit", ENTRIES, fits=addressed),
    0xC8: Register("write_data_commit", BLOCKS, fits=addressed),
    0xD0: Register("update_information_used", ENTRIES, fits=addressed),
    0xD8: Register("write_data_used", BLOCKS, fits=addressed),
    0xE0: Register("update_information_committed", ENTRIES, fits=addressed),
    0xE8: Register("write_data_committed", BLOCKS, fits=addressed),
}
REPLICATION_REGISTERS: dict[int, Register] = {
    0x100: Register("generation", _U32),
    0x108: Register("partner_system", 0xFFFF),
    0x110: Register("partner_group", 0xFFFF),
    0x118: Register("partner_area", BLOCKS, fits=addressed),
    0x120: _choice("read_mode", (ReadMode.BY_NUMBER, ReadMode.PLAIN), "mode"),
    0x128: _setting("batch_journals", fits=_journals),
    0x130: _setting("batch_bytes", fits=_batch_bytes),
    0x138: _setting("commands", fits=_commands),
    0x140: _choice("no_room", (NoRoom.DROP, NoRoom.HOLD)),
    0x148: _setting("interval", mask=_U32, fits=_interval),
    0x150: _setting("timeout", mask=_U32, fits=_timeout),
    0x158: _choice("next_command", (NextCommand.AT_ONCE, NextCommand.INTERVAL, NextCommand.BACKLOG)),
    0x160: _setting("backlog", mask=_U32),
    0x168: _setting("copy_unit", fits=_copy_unit),
    0x170: ActivityRegister("activity", sum(Activity)),
    0x178: SettingRegister("silence", _U32, convert=lambda value: value or None, fits=_silence, setting="silence"),
    0x180: SentRegister("update_information_sent", ENTRIES, fits=addressed),
    0x188: ProgressRegister("next_restore", secondary="next_restore"),
    0x1A0: ProgressRegister("batch", fits=_journals, original="batch"),
    0x1A8: ProgressRegister("batch_data", BLOCKS, fits=addressed, original="batch_data"),
    0x1B8: ProgressRegister("answer", 0xFFFF, original="answer"),
    0x1E0: UnansweredRegister("unanswered", sum(Unanswered)),
} | _OF_BOTH_ROLES
