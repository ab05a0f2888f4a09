"""Every interleaving of a few steps, for tiny rings: what random exploration might miss is tried out here."""

from multiprocessing import Pool
from typing import NamedTuple

from mirrorlog.command_line import ignore_interrupts
from mirrorlog.explore.exhaustive_state import BLOCK, Broken, State, TwoSystems
from mirrorlog.tables.settings import GroupSettings, NoRoom, ReadMode

MOST_STEPS = 12
"""Each further step takes about twice as long."""

SETTINGS = (
    GroupSettings(batch_journals=1, commands=2, copy_unit=BLOCK, interval=0, timeout=1),
    GroupSettings(batch_journals=2, commands=1, copy_unit=BLOCK, interval=0, timeout=1, no_room=NoRoom.HOLD),
    GroupSettings(mode=ReadMode.PLAIN, batch_journals=2, commands=1, copy_unit=BLOCK, interval=0, timeout=1),
)


SENT = (
    *("write 0", "write 512", "journal", "journal", "volume 1", "volume 2"),
    *("poll", "deliver to 1, packet 0", "poll", "deliver to 1, packet 0"),
)
"""Two journals on their way to the secondary system."""

STARTS = tuple(
    (settings, copied, lead) for settings in SETTINGS for copied, lead in ((False, ()), (True, ()), (True, SENT))
)


class Found(NamedTuple):
    """A promise that was broken, and the steps that lead to it."""

    text: str
    steps: tuple[str, ...]


class Explored(NamedTuple):
    """How many different states were seen, how many steps were tried from them, and what was broken."""

    states: int
    steps: int
    found: tuple[Found, ...]


def explore_interleavings(depth: int, jobs: int = 1) -> Explored:
    """Try every interleaving of `depth` steps from each start."""
    tasks = [(depth, *start) for start in STARTS]
    if jobs == 1:
        results = [_from_start(task) for task in tasks]
    else:
        with Pool(min(jobs, len(tasks)), ignore_interrupts) as pool:
            results = pool.map(_from_start, tasks, chunksize=1)
    found = tuple(found for result in results for found in result.found)
    return Explored(sum(result.states for result in results), sum(result.steps for result in results), found)


def _from_start(task: tuple[int, GroupSettings, bool, tuple[str, ...]]) -> Explored:
    """Explore from one start, level by level: a state that was seen before had at least as many steps left."""
    depth, settings, copied, lead = task
    systems = TwoSystems(settings, copied)
    start = systems.start
    for name in lead:
        after = dict(systems.successors(start)).get(name, start)
        if isinstance(after, Broken):
            return Explored(0, 0, (Found(after.text, lead[: lead.index(name) + 1]),))
        start = after
    before: dict[State, tuple[State, str] | None] = {start: None}
    found: list[Found] = []
    steps = 0
    level = [start]
    for _ in range(depth):
        following: list[State] = []
        for state in level:
            for name, after in systems.successors(state):
                steps += 1
                if isinstance(after, Broken):
                    found.append(Found(after.text, (*lead, *_way(before, state), name)))
                elif after not in before:
                    before[after] = (state, name)
                    following.append(after)
        level = following
    return Explored(len(before), steps, tuple(found))


def _way(before: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    """Return the steps that led to a state."""
    names: list[str] = []
    came = before[state]
    while came is not None:
        names.append(came[1])
        came = before[came[0]]
    return tuple(reversed(names))
