"""A board as target of a run: what it says that it is, and what a run is made of it."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mirrorlog.tables.units import BLOCK_BYTES
from tb.config.settings import Layout
from tb.link.frames import Hello
from tb.link.session import Session
from tb.running.options import SECONDARY, OptionError, Options

# Bits of a byte on a UART
_UART_BITS = 10
# Cycles that a write may wait for room: what comes over a link takes long
WATCH_TIME = 100_000_000
# Bytes that go over the link for each byte of a packet's journals, with those of devices: at most
_LINK_BYTES = 8
# What the board says itself, and options may ask for
_SAID = ("data_width", "max_transfer_bytes")
# What needs a path that is not on the board
_NOT_WITH_BOTH = ("partner", "side", "crash_at", "delay", "bandwidth", "drop", "corrupt", "duplicate", "reorder")


def ask(target: str) -> Hello:
    """Return what the board at a target is. Raises LinkError."""
    session = Session.begin(target)
    session.close()
    assert session.hello is not None
    return session.hello


def fitted(options: Options, hello: Hello) -> Options:
    """Return the options of a run on this board. Raises OptionError if it is not as they ask for."""
    for name in _SAID:
        asked, found = getattr(options, name), getattr(hello, name)
        if name in options.given and asked != found:
            raise OptionError(f"{name.upper()}={asked}: the board has {found}")
    both = hello.systems == 2
    if both and options.systems == 1:
        raise OptionError(f"SYSTEMS={options.systems}: the board has {hello.systems}")
    for name in _NOT_WITH_BOTH:
        if both and name in options.given:
            raise OptionError(f"{name.upper()}: a target cannot do that: the board has both systems, and their path")
    if options.side == SECONDARY and hello.system_number < 2:
        raise OptionError(
            f"SIDE={options.side}: the board's system has number 1, the original would have none before it"
        )
    watch_time = options.watch_time if "watch_time" in options.given else WATCH_TIME
    said = {name: getattr(hello, name) for name in _SAID}
    # a snapshot that wakes up would speak on the same link
    return replace(options, watch_time=watch_time, snapshot=0, both=both, **said)


def check_memories(layouts: Iterable[Layout], hello: Hello) -> None:
    """Raise OptionError for a volume that does not fit into its device, if that is in the board's block RAM."""
    first = hello.devices - hello.memory_devices
    for volume in (volume for layout in layouts for volume in layout.volumes):
        if volume.device >= first and volume.offset + volume.capacity > hello.memory_bytes:
            raise OptionError(
                f"volume {volume.number} of {volume.capacity} bytes: its device {volume.device} is in the board's block"
                f" RAM, which has {hello.memory_bytes}"
            )


def built(hello: Hello) -> dict[str, int]:
    """Return the parameters (tb/config/settings.py) that the board's system was built with, but for its number."""
    names = (
        *("data_width", "volumes", "pairs", "groups", "devices", "max_transfer_bytes", "max_data_bytes"),
        *("cache_slots", "read_slots", "flushes", "outstanding", "commands", "window", "axi_addr_width"),
    )
    return {name: getattr(hello, name) for name in names}


def parameters_of(options: Options, hello: Hello) -> dict[str, Any]:
    """Return the bench's parameters that are the board's."""
    first = hello.system_number - (options.board == 2)
    return built(hello) | {"system_number": first, "board": options.board}


def limits(hello: Hello) -> dict[str, int]:
    """Return the settings of replication that a board limits."""
    return {
        "commands": min(4, hello.commands),
        "batch_bytes": hello.max_data_bytes,
        "batch_journals": sorted((16, hello.max_data_bytes // BLOCK_BYTES, 64))[1],
    }


def link_cycles(hello: Hello, journal_bytes: int) -> int:
    """Return how many cycles of the board so many bytes of journals take, with all that goes over the link for them."""
    return journal_bytes * _LINK_BYTES * byte_cycles(hello)


def byte_cycles(hello: Hello) -> int:
    """Return how many cycles of the board a byte takes on its link, at most."""
    return math.ceil(line_cycles(hello, 1))


def line_cycles(hello: Hello, size: int) -> float:
    """Return how many cycles of the board so many bytes take on its link, in one direction."""
    return size if hello.baud == 0 else size * hello.clock * 1000 * _UART_BITS / hello.baud
