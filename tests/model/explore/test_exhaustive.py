"""The exhaustive mode: it tries everything, its short cuts change nothing, and it finds planted bugs."""

import random

import pytest

from mirrorlog.explore.exhaustive import SETTINGS, explore_interleavings
from mirrorlog.explore.exhaustive_state import ORIGINAL, SECONDARY, STEPS, Broken, Hosts, State, TwoSystems
from mirrorlog.tables.settings import GroupSettings
from tests.planted.bug import Bug
from tests.planted.model_protocol import PROTOCOL_BUGS
from tests.planted.plant import plant_model

# Found within so few steps
QUICK = {"duplicate-stored", "next-plain-command-before-commit", "restore-before-commit", "write-into-a-full-ring"}


def test_every_interleaving_of_five_steps_keeps_the_promises() -> None:
    explored = explore_interleavings(5)
    assert explored.found == ()
    assert explored.states > 8_000  # nothing is copied before START is answered
    assert explored.steps > 2 * explored.states


@pytest.mark.parametrize("bug", [bug for bug in PROTOCOL_BUGS if bug.id in QUICK], ids=lambda bug: bug.id)
def test_a_planted_bug_is_found_with_the_steps_that_lead_to_it(bug: Bug) -> None:
    with plant_model(bug):
        found = explore_interleavings(3).found
        assert found
        settings = [one for one in SETTINGS for copied in (True, False) if breaks(one, copied, found[0].steps)]
    assert settings
    assert not any(breaks(one, copied, found[0].steps) for one in settings for copied in (True, False))


def breaks(settings: GroupSettings, copied: bool, steps: tuple[str, ...]) -> bool:
    """Do these steps, one after the other, break a promise at the last one?"""
    systems = TwoSystems(settings, copied)
    state: State | Broken = systems.start
    for name in steps:
        if isinstance(state, Broken):
            return False
        state = dict(systems.successors(state)).get(name, state)
    return isinstance(state, Broken)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: f"{settings.mode.value} {settings.batch_journals}")
@pytest.mark.parametrize("copied", [False, True])
def test_steps_on_parts_lead_where_the_same_steps_on_whole_systems_lead(settings: GroupSettings, copied: bool) -> None:
    """Without any copy, memory or numbers."""
    systems = TwoSystems(settings, copied)
    for seed in range(6):
        rng = random.Random(seed)
        live = TwoSystems(settings, copied).topology
        hosts = Hosts()
        paths = {ORIGINAL: live.paths[SECONDARY, ORIGINAL], SECONDARY: live.paths[ORIGINAL, SECONDARY]}
        state: State = systems.start
        for _ in range(60):
            name, after = rng.choice(list(systems.successors(state)))
            assert isinstance(after, State)
            kind, *words = name.split()
            if kind in ("deliver", "repeat", "lose"):
                number = int(words[1].strip(","))
                index = int(words[-1]) if kind == "deliver" else 0
                packet = paths[number][index]
                if kind != "repeat":
                    del paths[number][index]
                if kind != "lose":
                    live.deliver(packet)
            else:
                number = SECONDARY if kind in ("poll", "restore", "time") else ORIGINAL
                if kind in ("journal", "volume"):
                    number = ORIGINAL if after.secondary == state.secondary else SECONDARY
                sent = STEPS[kind](live.systems[number], hosts, *(int(word) for word in words))
                if sent is not None:
                    live.send(sent)
            state = after
        assert [systems.number(live.systems[number]) for number in (ORIGINAL, SECONDARY)] == [
            state.original,
            state.secondary,
        ]
        assert [len(paths[number]) for number in (ORIGINAL, SECONDARY)] == [
            len(state.to_original),
            len(state.to_secondary),
        ]
        assert hosts.history.writes == systems.parts.copy(state.hosts).history.writes
