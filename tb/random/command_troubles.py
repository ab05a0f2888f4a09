"""Troubles of journal read commands, and of groups that need the same at once: coroutines as those of troubles.py."""

from typing import TYPE_CHECKING

from tb.environment.random_host import varied
from tb.random.forged import gone_with, greedy_command, useless_command
from tb.random.forging import packed
from tb.random.full_troubles import ASKED_CYCLES
from tb.random.names import VOLUMES, group_at
from tb.random.trouble_steps import (
    by_number,
    group_write,
    hold_paths,
    hold_volumes,
    load,
    path_from,
    soon,
)

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# Commands that come while none is answered; cycles between two, at most, and in which all have come
PILED, PILED_CYCLES, COME_CYCLES = 40, 12, 2_000
# Journals of each group that wait for the same moment; cycles in which they gather
GATHERING, GATHERED_CYCLES = 24, (3_000, 6_000)
# Cycles in which a command is sent again, of which its answer takes so many
AGAIN_CYCLES, LATE_CYCLES = 16_000, 5_000
# Bits that tags have had until now, where a carry goes up
TAG_BITS = (16, 16, 24, 32)


async def commands_pile_up(run: "RandomTroubles", group: int) -> None:
    """More commands come to the group's original than it has places for, while it can send nothing, and those of
    another group in the middle of them."""
    forger, original = run.forger, run.original(group)
    out = path_from(run, original)
    index = 1 - run.environment.systems.index(original)
    others = [number for number in VOLUMES if run.original(number) is original]
    out.hold(True)
    await original.send([varied(group_write(run, group)) for _ in range(GATHERING)])
    for _ in range(PILED):
        number = group if forger.rng.random() < 0.7 else forger.rng.choice(others)
        make = forger.rng.choice([greedy_command, useless_command])
        forger.put(packed(make), forger.way(index, group_at(original.layout, number)))
        await run.bench.sleep(forger.rng.randrange(PILED_CYCLES))
    await run.bench.cycles(forger.rng.randrange(COME_CYCLES))
    out.hold(False)


async def groups_at_once(run: "RandomTroubles", group: int) -> None:
    """Journals of both groups gather while the path takes nothing, or while their volumes take no writes; then all of
    them move at once."""
    rng = run.bench.generator
    sends = rng.random() < 0.6

    def hold(held: bool) -> None:
        if sends:
            hold_paths(run, held)
        else:
            for number in VOLUMES:
                hold_volumes(run, number, held)

    hold(True)
    for number in rng.sample(list(VOLUMES), len(VOLUMES)):
        await run.original(number).send([varied(group_write(run, number)) for _ in range(GATHERING)])
    await run.bench.cycles(rng.randrange(*GATHERED_CYCLES))
    hold(False)
    await run.hosts_answered()


async def answered_late(run: "RandomTroubles", group: int) -> None:
    """What the original sends takes longer than its secondary system waits, which asks again: then what it asked for
    comes, and that it is there no more."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    path = path_from(run, original)
    index, number = run.environment.systems.index(original), group_at(secondary.layout, group)
    await run.bench.sleep(ASKED_CYCLES)
    path.set_delay(LATE_CYCLES)
    await original.send([varied(group_write(run, group)) for _ in range(rng.randint(1, GATHERING))])
    await run.bench.capture_now()
    way = run.forger.way(index, number)
    before = way.group.secondary.sent_tag
    await soon(run, lambda: way.group.secondary.sent_tag != before, AGAIN_CYCLES)
    await run.bench.sleep(rng.randrange(LATE_CYCLES))
    await run.bench.capture_now()
    run.forger.put(packed(lambda way: gone_with(way, way.group.secondary.sent_tag - rng.randrange(3))), way)
    await run.bench.sleep(LATE_CYCLES)
    path.set_delay(run.bench.settings.path.delay)
    await run.bench.sleep(LATE_CYCLES)


async def tags_large(run: "RandomTroubles", group: int) -> None:
    """A secondary system has sent so many commands by number that their tags are large, or begin again."""
    group = by_number(run, group)
    if not group:
        return  # an answer to a plain command that is under way would be none any more
    rng, secondary = run.bench.generator, run.secondary(group)
    await run.wait_restored()
    await run.quiet()
    tag = rng.choice([rng.getrandbits(32), (1 << rng.choice(TAG_BITS)) - rng.randrange(1, 4)])
    await load(run, secondary, run.row(secondary, group) + "tag", tag)
    for path in run.bench.paths:
        path.heal()
    await run.original(group).send([group_write(run, group) for _ in range(GATHERING)])
    await run.hosts_answered()
