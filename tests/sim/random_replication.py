"""What random runs of two systems draw: the place of everything, what has been counted before, settings of replication,
the path between them and the pace of their neighbours."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState
from mirrorlog.tables.units import NONE
from tb.config import parameter_table
from tb.config.settings import (
    Activity,
    Behaviour,
    Counted,
    Group,
    Layout,
    NoRoom,
    PathBehaviour,
    ReadMode,
    Replication,
    Start,
    Volume,
    two_systems,
)
from tb.running.system_run import Outcome
from tests.sim.replication_systems import (
    CAPACITY,
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
    run_replication,
)
from tools.sources import RTL

MODULE = "tests.sim.random_replication_scenarios"
RESET_MODULE, RESET = "tests.sim.random_reset_scenarios", "RandomReset"
HANGING, HANGING_HOST = "RandomNeighbours", "HangingHost"
SCENARIOS = ("RandomReplication", HANGING, HANGING)
# Of what groups have, what is on a device of its own where neighbours hang: all of one group; its volumes; its journal
ALONE = ("group", "volumes", "volumes", "journal")
# Of journals where neighbours hang: as many as fill what groups share, and all volumes beside one journal volume fit on
# a device
HANGING_BYTES = 24 * KIBIBYTE
# Blocks that are left to be copied, and where neighbours hang, which they do when all is copied
LEFT, FEW_LEFT = (0, 1, 6, 16), (0, 1, 2)
# Within which a group makes progress that has a working path, room and no pacing; hosts and registers are answered
PROGRESS_CYCLES = 12_000
# Of a whole run; nearly all take less than 30,000
MOST_CYCLES = 40_000
BLOCK, PAGE = 512, 4096
CYCLE_BITS, TAG_BITS = 48, 32
# Update numbers and counts of bytes are taken as endless
COUNT_BITS = 62
SECOND_NS = 1_000_000_000
# Cycles before the counter's end at which a run may start
NEAR_END = 8_000
# After which a group whose secondary system is silent is given up, where systems are reset
SILENCE_CYCLES = 12_000
# Of the volumes there, so that copying them again and again takes no time, a block a journal or many
RESET_CAPACITY = 8 * KIBIBYTE
# What the layouts need. (Systems of more are run by tests/sim/parameter_systems.py: they take a simulator longer.)
TABLES = {"volumes": 6, "pairs": 4, "groups": 3, "devices": 2}
# Combinations of parameters, each with a build of its own, that a series of random runs takes in turn
SETS = 2
# Of write data that a batch brings at once, so that journals come well within what anything waits for
BATCH_BEATS = 1024


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random run: the layouts of both systems, what they start from, and how their neighbours behave."""

    scenario: str
    layouts: tuple[Layout, Layout]
    starts: tuple[Start, Start]
    path: PathBehaviour
    behaviour: Behaviour


def parameter_sets(seed: int, count: int = SETS) -> list[dict[str, int]]:
    """Return combinations of tb/config/parameter_table.py for a series of random runs, each another row."""
    return parameter_table.draw(random.Random(seed), count, **TABLES)


def draw(rng: random.Random, parameters: Mapping[str, int], scenario: str = "") -> Drawn:
    """Draw a run of systems with these parameters; of a scenario, if one is given."""
    scenario = scenario or rng.choice(SCENARIOS)
    hangs = scenario in (HANGING, HANGING_HOST)
    first = layout(GROUP, (FIRST, SECOND), JOURNAL, *_areas(rng, hangs))
    second = layout(OTHER_GROUP, (OTHER,), OTHER_JOURNAL, *_areas(rng, hangs))
    numbers = parameters["system_number"], parameters["system_number"] + 1
    left = FEW_LEFT if hangs else LEFT
    there = _group(rng, first, parameters, left, *numbers)
    # the other group goes the other way, or the same, where most is shared
    opposite = rng.random() < (0.3 if hangs else 0.5)
    back = (
        _group(rng, second, parameters, left, *numbers[::-1])
        if opposite
        else _group(rng, second, parameters, left, *numbers)[::-1]
    )
    path = PathBehaviour(
        delay=rng.choice([5, 50, 400]),
        beats=1,
        cycles=rng.choice([1, 1, 2]),
        drop=rng.choice([0, 0, 2]),
        corrupt=rng.choice([0, 0, 2]),
        duplicate=rng.choice([0, 0, 5]),
        reorder=rng.choice([0, 0, 5]),
        pauses=rng.choice([0, 0, 20]),
    )
    behaviour = Behaviour(
        queue_depth=rng.choice([1, 4, 16, 100]),
        write_latency=rng.choice([0, 20, 100]),
        read_latency=rng.choice([0, 20, 100]),
        device_pauses=rng.choice([0, 0, 20]),
        host_pauses=rng.choice([0, 0, 20]),
        commit_pauses=rng.choice([0, 0, 10]),
        register_pauses=rng.choice([0, 20]),
    )
    layouts = tuple(
        Layout(one.volumes + two.volumes, one.pairs + two.pairs, one.groups + two.groups)
        for one, two in ((there[0], back[1]), (there[1], back[0]))
    )
    if hangs:
        alone = rng.choice([GROUP, OTHER_GROUP])
        layouts = tuple(_apart(side, alone, rng.choice(ALONE), rng.randrange(2)) for side in layouts)
        path = PathBehaviour(path.delay)
    starts = _start(rng, parameters["axi_addr_width"]), _start(rng, parameters["axi_addr_width"])
    return Drawn(scenario, (layouts[0], layouts[1]), starts, path, behaviour)


def run_random(
    seed: int,
    folder: Path,
    parameters: Mapping[str, int],
    rtl: Path = RTL,
    simulator: str = "icarus",
    scenario: str = "",
) -> Outcome:
    """Make the random run of a seed; of a scenario, if one is given."""
    drawn = draw(random.Random(seed), parameters, scenario)
    return run_replication(
        drawn.scenario,
        folder,
        seed,
        module=MODULE,
        layouts=drawn.layouts,
        path=drawn.path,
        behaviour=drawn.behaviour,
        starts=drawn.starts,
        rtl=rtl,
        simulator=simulator,
        **parameters,
    )


def run_reset(
    seed: int, folder: Path, parameters: Mapping[str, int], rtl: Path = RTL, simulator: str = "icarus"
) -> Outcome:
    """Make the random run of a seed in which a system is reset."""
    rng = random.Random(seed)
    drawn = draw(rng, parameters)
    tables = _blank(rng, parameters)
    # an operation that is lost is sent again long after the heartbeat time
    path = replace(drawn.path, drop=0, corrupt=0)
    return run_replication(
        RESET,
        folder,
        seed,
        module=RESET_MODULE,
        layouts=(tables, tables),
        path=path,
        behaviour=drawn.behaviour,
        starts=drawn.starts,
        rtl=rtl,
        simulator=simulator,
        **parameters,
    )


def _blank(rng: random.Random, parameters: Mapping[str, int]) -> Layout:
    """Return volumes that belong to nothing, and blank groups with random settings of replication."""
    journal_bytes = 64 * ENTRIES + CAPACITY
    places = {FIRST: (0, CAPACITY), SECOND: (0, 2 * CAPACITY), OTHER: (0, 3 * CAPACITY)}
    places |= {JOURNAL: (1, 0), OTHER_JOURNAL: (1, DEVICE_BYTES // 2)}
    return Layout(
        tuple(
            Volume(number, journal_bytes if device else RESET_CAPACITY, device, place)
            for number, (device, place) in places.items()
        ),
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
                replication=replace(_replication(rng, parameters), silence=SILENCE_CYCLES),
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


def _group(
    rng: random.Random,
    tables: Layout,
    parameters: Mapping[str, int],
    left: Sequence[int],
    original: int,
    secondary: int,
) -> tuple[Layout, Layout]:
    """Draw one group from what its layout says; `left` as _placed takes it."""
    replication = _replication(rng, parameters)
    policy = rng.choice([FullPolicy.STALL, FullPolicy.STALL, FullPolicy.ERROR])
    tables = replace(tables, groups=tuple(replace(group, policy=policy) for group in tables.groups))
    firsts = {
        volume.number: _large_place(rng, parameters["axi_addr_width"])
        for volume in tables.volumes
        if volume.number not in (JOURNAL, OTHER_JOURNAL)
    }
    numbers = Counted(
        update_number=1 + _large(rng, COUNT_BITS),
        data_offset=_large(rng, COUNT_BITS) // BLOCK * BLOCK,
        host_bytes=_large(rng, COUNT_BITS) // BLOCK * BLOCK,
    )
    sides = two_systems(tables, replication, original, secondary)
    bits = parameters["axi_addr_width"]
    return _placed(rng, sides[0], firsts, numbers, bits, left), _placed(rng, sides[1], firsts, numbers, bits, left)


def _replication(rng: random.Random, parameters: Mapping[str, int]) -> Replication:
    """Draw the settings of a group's replication."""
    commands = parameters["commands"]
    replication = Replication(
        0,
        0,
        Activity.RETRY,
        generation=_large(rng, TAG_BITS),
        tag=_large(rng, TAG_BITS),
        read_mode=rng.choice([ReadMode.BY_NUMBER, ReadMode.BY_NUMBER, ReadMode.PLAIN]),
        batch_journals=rng.choice([1, 3, 8, 64]),
        batch_bytes=min(
            rng.choice([4096, 8192, 65536]), parameters["max_data_bytes"], BATCH_BEATS * parameters["data_width"] // 8
        ),
        commands=rng.choice([1, 2, commands, commands]),
        no_room=rng.choice(list(NoRoom)),
        interval=rng.choice([50, 300]),
        timeout=rng.choice([1500, 3000]),
        next_command=rng.randrange(3),
        backlog=rng.choice([1, 8, 64]),
        copy_unit=min(rng.choice([512, 2048, 4096]), parameters["max_transfer_bytes"]),
    )
    if replication.read_mode == ReadMode.PLAIN:
        # one journal after the other takes as many round trips as there are journals
        replication = replace(replication, commands=1, batch_journals=max(3, replication.batch_journals))
    return replication


def _placed(
    rng: random.Random, side: Layout, firsts: dict[int, int], numbers: Counted, bits: int, left: Sequence[int]
) -> Layout:
    """Draw where one side's journals lie; of each volume, `firsts` says where its part that is used begins, of which
    all is copied already but so many blocks, one of `left`.
    """
    copied = CAPACITY - BLOCK * rng.choice(left)

    def volume(row: Volume) -> Volume:
        return replace(row, first=firsts.get(row.number) if row.number in firsts else _large_place(rng, bits))

    def counted(group: Group) -> Counted:
        return replace(
            numbers,
            information_place=64 * rng.randrange(group.information_bytes // 64),
            data_place=BLOCK * rng.randrange(group.data_bytes // BLOCK),
        )

    return Layout(
        tuple(volume(row) for row in side.volumes),
        tuple(
            replace(pair, state=PairState.COPYING, copy_complete_address=firsts[pair.original_volume] + copied)
            for pair in side.pairs
        ),
        tuple(replace(group, counted=counted(group)) for group in side.groups),
    )


def _start(rng: random.Random, bits: int) -> Start:
    """Draw what a system starts from. Its devices lie behind the largest place, so that no volume begins below 0; their
    addresses have so many bits."""
    lowest, highest = 1 << (bits - 2), (1 << bits) - DEVICE_BYTES
    return Start(
        device_base=rng.randrange(lowest, highest) // PAGE * PAGE,
        first_cycle=rng.choice([0, rng.getrandbits(CYCLE_BITS), (1 << CYCLE_BITS) - rng.randrange(1, NEAR_END)]),
        time_ns=rng.getrandbits(32) * SECOND_NS + rng.randrange(SECOND_NS // 2),
    )


def _large(rng: random.Random, bits: int) -> int:
    """Draw a value of up to so many bits: 0, any, or a little below where a carry goes up, or out."""
    carry = 1 << rng.randrange(8, bits + 1)
    return rng.choice([0, rng.getrandbits(bits), carry - rng.randrange(1, 16)])


def _large_place(rng: random.Random, bits: int) -> int:
    """Draw a place in a volume, whose device's addresses have so many bits: 0, any, or a little below a place at which
    a carry goes up."""
    carry = (1 << rng.randrange(20, bits - 2)) - PAGE * rng.randrange(1, 8)
    return rng.choice([0, rng.getrandbits(bits - 2) // BLOCK * BLOCK, carry])
