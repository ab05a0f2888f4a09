"""What random runs of two systems draw: the place and the numbers of everything, the path between them and the pace of
their neighbours."""

import random
from collections.abc import Mapping
from dataclasses import replace

from mirrorlog.tables.shared_memory import FullPolicy, GroupState
from mirrorlog.tables.units import NONE
from tb.config.settings import Behaviour, Group, Layout, Parameters, PathBehaviour, Settings, Start, Volume
from tb.random.draw_groups import PAGE, draw_group, draw_replication
from tb.random.limits import SILENCE_CYCLES
from tb.random.names import renumbered
from tb.scenarios.two_systems import (
    DEVICE_BYTES,
    ENTRIES,
    FIRST,
    GROUP,
    JOURNAL,
    KIBIBYTE,
    OTHER,
    OTHER_GROUP,
    OTHER_JOURNAL,
    SECOND,
    layout,
)

# What the layouts need. (Systems of more are run by `make parameters`: they take a simulator longer.)
TABLES = {"volumes": 6, "pairs": 4, "groups": 3, "devices": 2}
# Of what groups have, what is on a device of its own where neighbours hang: all of one group; its volumes; its journal
ALONE = ("group", "volumes", "volumes", "journal")
# Of journals where neighbours hang: as many as fill what groups share, and all volumes beside one journal volume fit on
# a device
HANGING_BYTES = 24 * KIBIBYTE
# Blocks that are left to be copied, and where neighbours hang, which they do when all is copied
LEFT, FEW_LEFT = (0, 1, 6, 16), (0, 1, 2)
# Chance that any volume is on any device where operators set groups up
APART = 0.4
CYCLE_BITS, SECOND_NS = 48, 1_000_000_000
# Bits of an incarnation and of its unit, ns; units before it begins again at which a run may start
INCARNATION_BITS, UNIT_BITS, NEAR_LAST = 32, 30, 2_000
# Cycles before the counter's end at which a run may start, and where operators set groups up before anything goes on
NEAR_END, NEAR_END_OPERATED = 8_000, 60_000
# Of the volumes where systems are reset, so that copying them again and again takes no time, a block a journal or many
RESET_CAPACITY = 8 * KIBIBYTE
# KiB of their journal volumes beside some update information
RESET_DATA = (12, 20, 40)


def draw_two_systems(rng: random.Random, parameters: Mapping[str, int], hangs: bool) -> Settings:
    """Draw a run of two systems with these parameters, of which `hangs` says whether neighbours will."""
    first = layout(GROUP, (FIRST, SECOND), JOURNAL, *_areas(rng, hangs))
    second = layout(OTHER_GROUP, (OTHER,), OTHER_JOURNAL, *_areas(rng, hangs))
    numbers = parameters["system_number"], parameters["system_number"] + 1
    left = FEW_LEFT if hangs else LEFT
    there = draw_group(rng, first, parameters, left, *numbers, once=not hangs)
    # the other group goes the other way, or the same, where most is shared
    opposite = rng.random() < (0.3 if hangs else 0.5)
    back = (
        draw_group(rng, second, parameters, left, *numbers[::-1], once=not hangs)
        if opposite
        else draw_group(rng, second, parameters, left, *numbers, once=not hangs)[::-1]
    )
    path, behaviour = _path(rng), _behaviour(rng)
    layouts = _both(there[0], back[1]), _both(there[1], back[0])
    if hangs:
        alone = rng.choice([GROUP, OTHER_GROUP])
        first_side, second_side = (_apart(side, alone, rng.choice(ALONE), rng.randrange(2)) for side in layouts)
        layouts = first_side, second_side
        path = PathBehaviour(path.delay)
    layouts = renumbered(rng, layouts, parameters)
    starts = _start(rng, parameters["axi_addr_width"]), _start(rng, parameters["axi_addr_width"])
    return Settings(
        Parameters(systems=2, device0_bytes=DEVICE_BYTES, device1_bytes=DEVICE_BYTES, **parameters),
        behaviour,
        layouts[0],
        second=layouts[1],
        path=path,
        start=starts[0],
        second_start=starts[1],
    )


def draw_operated(rng: random.Random, parameters: Mapping[str, int], once: bool) -> Settings:
    """Draw a run whose groups operators set up, else as draw_two_systems. `once`: a plain one may be one that asks for
    nothing again, of which a journal that is lost is the end. The path loses nothing, as an operation that is lost is
    sent again long after the heartbeat time, and has its full width, so that commands do not wait for that long behind
    journals."""
    drawn = draw_two_systems(rng, parameters, hangs=False)
    tables = _blank(rng, parameters, once)
    first, second = renumbered(rng, (tables, tables), parameters)
    path = replace(drawn.path, drop=0, corrupt=0, cycles=1)
    start, second_start = (_start(rng, parameters["axi_addr_width"], NEAR_END_OPERATED) for _ in range(2))
    return replace(drawn, layout=first, second=second, path=path, start=start, second_start=second_start)


def _both(one: Layout, two: Layout) -> Layout:
    """Return what both groups have at a system."""
    return Layout(one.volumes + two.volumes, one.pairs + two.pairs, one.groups + two.groups)


def _path(rng: random.Random) -> PathBehaviour:
    """Draw the path: its length, its width, its faults in percent of the packets."""
    return PathBehaviour(
        delay=rng.choice([5, 50, 400]),
        beats=1,
        cycles=rng.choice([1, 1, 2]),
        drop=rng.choice([0, 0, 2]),
        corrupt=rng.choice([0, 0, 2]),
        duplicate=rng.choice([0, 0, 5]),
        reorder=rng.choice([0, 0, 5]),
        pauses=rng.choice([0, 0, 20]),
    )


def _behaviour(rng: random.Random) -> Behaviour:
    """Draw the pace of hosts, devices and the commit trace's reader."""
    return Behaviour(
        queue_depth=rng.choice([1, 4, 16, 100]),
        write_latency=rng.choice([0, 20, 100]),
        read_latency=rng.choice([0, 20, 100]),
        device_pauses=rng.choice([0, 0, 20]),
        host_pauses=rng.choice([0, 0, 20]),
        commit_pauses=rng.choice([0, 0, 10]),
        register_pauses=rng.choice([0, 20, 85]),
    )


def _blank(rng: random.Random, parameters: Mapping[str, int], once: bool) -> Layout:
    """Return volumes that belong to nothing, journal volumes most often on a device of their own, and blank groups with
    random settings of replication."""
    journal_bytes = 64 * ENTRIES + KIBIBYTE * rng.choice(RESET_DATA)
    devices = {FIRST: 0, SECOND: 0, JOURNAL: 1, OTHER: 0, OTHER_JOURNAL: 1}
    if rng.random() < APART:
        devices = {number: rng.randrange(2) for number in devices}
    # the first blocks of each are left free (table_troubles)
    ends, volumes = [PAGE, PAGE], []
    for number, device in devices.items():
        capacity = journal_bytes if number in (JOURNAL, OTHER_JOURNAL) else RESET_CAPACITY
        volumes.append(Volume(number, capacity, device, ends[device]))
        ends[device] += capacity
    return Layout(
        tuple(volumes),
        (),
        tuple(
            Group(
                number,
                NONE,
                (),
                0,
                0,
                rng.choice([FullPolicy.STALL, FullPolicy.ERROR]),
                state=GroupState.BLANK,
                replication=replace(draw_replication(rng, parameters, once), silence=SILENCE_CYCLES),
            )
            for number in (GROUP, OTHER_GROUP)
        ),
    )


def _apart(side: Layout, alone: int, what: str, device: int) -> Layout:
    """Put what a group has on a device of its own, everything else on the other one."""
    volumes = {pair.original_volume for pair in side.pairs if pair.group == alone}
    journals = {group.journal_volume for group in side.groups if group.number == alone}
    here = {"group": volumes | journals, "volumes": volumes, "journal": journals}[what]
    ends = [0, 0]
    placed = []
    for volume in side.volumes:
        at = device if volume.number in here else 1 - device
        placed.append(replace(volume, device=at, offset=ends[at]))
        ends[at] += volume.capacity
    return replace(side, volumes=tuple(placed))


def _areas(rng: random.Random, hangs: bool) -> tuple[int, int]:
    """Draw the entries and the bytes of data that a journal volume has room for."""
    if hangs:
        return ENTRIES, HANGING_BYTES
    return rng.choice([16, 24, ENTRIES]), KIBIBYTE * rng.choice([12, 20, 32])


def _start(rng: random.Random, bits: int, near_end: int = NEAR_END) -> Start:
    """Draw what a system starts from. Its devices lie behind the largest place, so that no volume begins below 0; their
    addresses have so many bits."""
    lowest, highest = 1 << (bits - 2), (1 << bits) - DEVICE_BYTES
    return Start(
        device_base=rng.randrange(lowest, highest) // PAGE * PAGE,
        first_cycle=rng.choice([0, rng.getrandbits(CYCLE_BITS), (1 << CYCLE_BITS) - rng.randrange(1, near_end)]),
        time_ns=rng.choice(
            [
                rng.getrandbits(32) * SECOND_NS + rng.randrange(SECOND_NS // 2),
                (1 << INCARNATION_BITS) - rng.randrange(1, NEAR_LAST) << UNIT_BITS,
            ]
        ),
    )
