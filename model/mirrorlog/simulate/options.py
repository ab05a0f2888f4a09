"""The settings of a group as options of a command, by their names."""

import argparse
from dataclasses import fields
from enum import Enum
from typing import Any, get_type_hints

from mirrorlog.command_line import choice, number, option_name, whole
from mirrorlog.tables.settings import GroupSettings, ReadMode

MICROSECOND = 1_000
MOST, MOST_MICROSECONDS = 1 << 32, 3_600_000_000
TIMES = frozenset({"interval", "timeout", "silence", "batch_time"})
"""Settings in ns, which options give in µs."""

HELP = {
    "mode": "how journals are asked for, and freed",
    "batch_journals": "journals of one answer at most",
    "batch_bytes": "bytes of one answer at most",
    "commands": "journal read commands in flight",
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
            shown = "" if default is None else f" ({default / MICROSECOND:g})"
            parser.add_argument(
                f"{option}-us", type=number(0, MOST_MICROSECONDS), metavar="T", help=f"{text}, us{shown}"
            )
        elif isinstance(default, Enum):
            kind = type(default)
            names = " or ".join(map(option_name, kind))
            parser.add_argument(
                option, type=choice(kind), metavar="HOW", help=f"{text}: {names} ({option_name(default)})"
            )
        elif default is True:
            parser.add_argument(f"--no-{option[2:]}", dest=name, action="store_false", default=None, help=text)
        elif default is False:
            parser.add_argument(option, action="store_true", default=None, help=text)
        else:
            shown = "" if default is None else f" ({default})"
            kind_of = number(0, MOST) if types[name] == float | None else whole(0, MOST)
            parser.add_argument(option, type=kind_of, metavar="N", help=f"{text}{shown}")


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
