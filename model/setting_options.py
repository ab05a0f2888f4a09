"""The settings of a group as options of a command, by their names."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from typing import Any, get_type_hints

from model.settings import GroupSettings, ReadMode

MICROSECOND = 1_000
TIMES = frozenset({"interval", "timeout", "silence", "batch_time"})
"""Settings in ns, which options give in µs."""

HELP = {
    "mode": "how journals are asked for, and freed",
    "batch_journals": "journals of one answer at most",
    "batch_bytes": "bytes of one answer at most",
    "commands": "journal read commands under way",
    "free_at_once": "free journals as they are sent",
    "retry": "never ask for a batch again",
    "no_room": "what becomes of a journal that has no room at the secondary",
    "next_command": "when the next command is sent",
    "interval": "between commands, and before asking again",
    "backlog": "journals waiting for restore, with --next-command backlog (left at the original, with original)",
    "traffic": "bytes of an interval, with --next-command traffic",
    "load": "unfinished device writes of the secondary, with --next-command load",
    "batch_time": "that a batch may keep the path busy (fixed batches)",
    "timeout": "after which an answer counts as lost",
    "copy_unit": "bytes of a journal of initial copy",
    "copy_volumes": "volumes copied side by side",
    "restores": "journals restored at once",
    "silence": "after which the original gives a silent secondary up",
    "host_time": "journals carry the host's creation time",
    "secondary_reads": "hosts may read secondary volumes",
    "changed_block_bytes": "bytes of a block of the map of changed blocks, 0 for no map",
    "layout": "of a journal volume",
    "information_share": "share of the update information area in a divided journal volume, an eighth if not given",
    "journal_cache": "bytes of cache memory for journals in front of the journal volume",
    "journal_volumes": "of each side",
    "volume_use": "of several journal volumes",
}


def add_setting_options(parser: argparse.ArgumentParser, defaults: GroupSettings) -> None:
    """Add an option for each setting; what is not given keeps its default."""
    types = get_type_hints(GroupSettings)
    for setting in fields(GroupSettings):
        name, default = setting.name, getattr(defaults, setting.name)
        option, text = f"--{name.replace('_', '-')}", HELP[name]
        if name in TIMES:
            parser.add_argument(f"{option}-us", type=float, help=f"{text}, us")
        elif isinstance(default, Enum):
            kind = type(default)
            names = " or ".join(_names(kind))
            parser.add_argument(option, type=choice(kind), metavar="HOW", help=f"{text}: {names} ({default.value})")
        elif default is True:
            parser.add_argument(f"--no-{option[2:]}", dest=name, action="store_false", default=None, help=text)
        elif default is False:
            parser.add_argument(option, action="store_true", default=None, help=text)
        else:
            shown = "" if default is None else f" ({default})"
            number = float if types[name] == float | None else int
            parser.add_argument(option, type=number, metavar="N", help=f"{text}{shown}")


def group_settings(arguments: argparse.Namespace, defaults: GroupSettings) -> GroupSettings:
    """Return the settings that the options describe. Raises SettingsError."""
    given: dict[str, Any] = {}
    for setting in fields(GroupSettings):
        name = setting.name
        value = getattr(arguments, f"{name}_us" if name in TIMES else name)
        if value is None:
            given[name] = getattr(defaults, name)
        else:
            given[name] = int(value * MICROSECOND) if name in TIMES else value
    if given["mode"] is ReadMode.PLAIN and arguments.commands is None:
        given["commands"] = 1
    return GroupSettings(**given)


def choice(kind: type[Enum]) -> Callable[[str], Enum]:
    """Return the reader of an option that takes one of an enumeration's names."""
    names = _names(kind)

    def read(text: str) -> Enum:
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(names)}")
        return names[text]

    return read


def _names(kind: type[Enum]) -> dict[str, Enum]:
    return {str(member.value) if isinstance(member.value, str) else member.name.lower(): member for member in kind}
