"""What one seed of fault exploration draws: settings of the group, and how often things fail."""

import random
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from mirrorlog.tables.settings import (
    GroupSettings,
    JournalLayout,
    NextCommand,
    NoRoom,
    ReadMode,
    SettingsError,
    VolumeUse,
)

BLOCK = 512


@dataclass(slots=True)
class Faults:
    """How often things fail, each a probability at its occasion."""

    loss: float = 0.0
    duplication: float = 0.0
    corruption: float = 0.0
    reordering: float = 0.0
    device: float = 0.0
    crash: float = 0.0
    cut: float = 0.0
    suspend: float = 0.0
    rot: float = 0.0


def draw_settings(rng: random.Random) -> GroupSettings:
    """Draw settings that do not contradict each other; times are small numbers."""
    plain = rng.random() < 0.4
    retry = rng.random() < 0.7
    hold = rng.random() < 0.5 or (plain and not retry)
    timing = rng.choice(list(NextCommand))
    timeout = rng.randrange(20, 100)
    settings = GroupSettings(
        mode=ReadMode.PLAIN if plain else ReadMode.BY_NUMBER,
        batch_journals=rng.randrange(1, 6),
        batch_bytes=rng.choice((1, 1024, 1 << 20)),
        commands=1 if plain else rng.randrange(1, 5),
        free_at_once=plain and not retry and rng.random() < 0.3,
        retry=retry,
        no_room=NoRoom.HOLD if hold else NoRoom.DROP,
        next_command=timing,
        interval=rng.randrange(timing is NextCommand.TRAFFIC, 20),
        traffic=rng.randrange(1, 8192),
        load=rng.randrange(1, 8),
        backlog=rng.randrange(1, 6),
        timeout=timeout,
        copy_unit=BLOCK * rng.randrange(1, 5),
        copy_volumes=rng.randrange(1, 3),
        restores=rng.randrange(1, 5),
        silence=rng.choice((None, None, 4 * timeout + rng.randrange(1, 200), 2000)),
    )
    return settings if rng.random() < 0.4 else draw_variations(rng, settings)


def draw_hardware(rng: random.Random, settings: GroupSettings) -> tuple[int, int]:
    """Draw how many connection paths there are, and how many storage devices a data volume has."""
    paths, devices = rng.choice(((1, 1), (1, 1), (1, 3), (3, 1)))
    try:
        settings.check_paths(paths)
    except SettingsError:
        return 1, devices
    return paths, devices


def draw_faults(rng: random.Random) -> Faults:
    """Draw fault rates; each kind of fault is absent in about half of the draws."""

    def rate(largest: float) -> float:
        return rng.uniform(0, largest) if rng.random() < 0.5 else 0.0

    return Faults(
        rate(0.3),
        rate(0.5),
        rate(0.1),
        rng.choice((0.0, 0.5)),
        rate(0.004),
        rate(0.01),
        rate(0.02),
        rate(0.004),
    )


def draw_rot(seed: int) -> float:
    """Draw how often a bit of a journal changes on its device, in a third of the seeds."""
    rng = random.Random(f"rot {seed}")
    return rng.choice((0.0, 0.0, rng.uniform(0, 0.01)))


def draw_discards(seed: int) -> int:
    """Draw how many of 256 writes are discards, none in half of the seeds."""
    rng = random.Random(f"discards {seed}")
    return rng.choice((0, 0, 0, rng.randrange(1, 32), 64, 192))


def draw_variations(rng: random.Random, settings: GroupSettings) -> GroupSettings:
    """Vary drawn settings; a variation that contradicts what is drawn already is left out."""
    variations: list[dict[str, Any]] = [
        {"host_time": True},
        {"secondary_reads": True},
        {"changed_block_bytes": BLOCK},
        {"batch_time": 1000},
        {"journal_cache": rng.choice((500, 2500))},
        {"mode": ReadMode.PUSH, "no_room": NoRoom.DROP, "commands": rng.randrange(1, 5), "free_at_once": False},
        {"mode": ReadMode.VOLUME_READ, "no_room": NoRoom.DROP, "commands": rng.randrange(1, 5), "free_at_once": False},
        {"layout": JournalLayout.CONTINUOUS},
        {"information_share": 0.2},
        {"journal_volumes": 2},
        {"journal_volumes": 2, "volume_use": VolumeUse.STANDBY},
    ]
    for variation in rng.sample(variations, rng.randrange(1, 4)):
        with suppress(SettingsError):
            settings = replace(settings, **variation)
    return settings
