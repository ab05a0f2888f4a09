"""The operations of the maintenance terminal, at two systems in lock-step with the model."""

from dataclasses import replace
from pathlib import Path

import pytest

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import ReceptionOutcome
from mirrorlog.tables.shared_memory import GroupState
from mirrorlog.tables.units import NONE
from tb.config.settings import Activity, Group, Layout, Volume
from tb.scenarios import two_systems as systems
from tb.scenarios.two_systems import REPLICATION
from tests.sim.operation_scenarios import JOURNAL_BYTES, SMALL, SPARE
from tests.sim.replication_systems import run_replication
from tests.sim.systems import passes

MODULE = "tests.sim.operation_scenarios"
SILENCE_CYCLES = 6000


def layout(silence: int = SILENCE_CYCLES) -> Layout:
    """Return volumes that belong to nothing, and blank groups with the settings of replication."""
    volumes = {systems.FIRST: 1, systems.SECOND: 2, systems.OTHER: 3, SPARE: 0}
    journals = {systems.JOURNAL: 0, systems.OTHER_JOURNAL: 64 * systems.KIBIBYTE}
    replication = replace(REPLICATION, generation=0, activity=Activity.RETRY, silence=silence)
    return Layout(
        tuple(Volume(n, systems.CAPACITY, 0, place * systems.CAPACITY) for n, place in volumes.items())
        + tuple(Volume(n, JOURNAL_BYTES, 1, place) for n, place in journals.items())
        + (Volume(SMALL, 16 * systems.KIBIBYTE, 1, 40 * systems.KIBIBYTE),),
        (),
        tuple(
            Group(n, NONE, (), 0, 0, state=GroupState.BLANK, replication=replication)
            for n in range(systems.PARAMETERS.groups)
        ),
    )


@pytest.mark.parametrize("scenario", ["Lifetime", "Refused", "LostPackets"])
def test_operations_here_and_at_another_system(scenario: str, folder: Path, seed: int) -> None:
    """Every operation, every answer, and a path that loses packets."""
    both = layout(), layout()
    passes(run_replication(scenario, folder, seed, module=MODULE, layouts=both))


def test_an_operation_that_another_system_does_not_answer_ends_and_the_next_is_taken(folder: Path, seed: int) -> None:
    """Also suspension, then initiation again."""
    both = layout(silence=0), layout(silence=0)
    passes(run_replication("NoAnswer", folder, seed, module=MODULE, layouts=both))


def test_a_group_whose_secondary_system_is_silent_is_given_up(folder: Path, seed: int) -> None:
    """Process 5, outcome 2; writes that waited for room go on."""
    outcome = passes(run_replication("HeartbeatTimeout", folder, seed, module=MODULE, layouts=(layout(), layout())))
    silent = [
        e
        for e in outcome.exits
        if (e.process, e.outcome) == (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.HEARTBEAT_TIMEOUT)
    ]
    assert [exit_.count for exit_ in silent] == [1]
