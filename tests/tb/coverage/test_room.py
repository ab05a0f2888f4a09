"""Functional coverage: how a write that waited for room ended, decided by what happened, not by the waiting."""

from collections.abc import Callable

import pytest
from cocotb_coverage.coverage import coverage_db

from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import FullPolicy, Reason, VolumeState
from tb.coverage.system import SampledSystem
from tests.model.steps import pair_of_systems

BLOCK, WATCH_TIME = 512, 1_000
VOLUME = 1
POINTS = ("full.ended", "discard.full")


def nothing(_: StorageSystem) -> None:
    """Nothing comes."""


def group_suspended(system: StorageSystem) -> None:
    """An operator suspends the group."""
    system.shared.fail_group(system.shared.groups[0], Reason.SUSPENDED)


def journal_volume_fails(system: StorageSystem) -> None:
    """A host's read of the journal volume fails."""
    system.shared.volumes[system.shared.groups[0].journal_volume].state = VolumeState.ABNORMAL


def volume_fails(system: StorageSystem) -> None:
    """A host's read of the volume fails."""
    system.shared.volumes[VOLUME].state = VolumeState.ABNORMAL


def policy(value: FullPolicy) -> Callable[[StorageSystem], None]:
    """Return what writes the policy of a full group."""

    def written(system: StorageSystem) -> None:
        system.shared.groups[0].full_policy = value

    return written


def room_comes(system: StorageSystem) -> None:
    """There are more entries."""
    system.shared.groups[0].ring.update_information_area *= 4


@pytest.mark.parametrize(
    ("comes", "waited", "bin"),
    [
        (room_comes, 10, "created"),
        (nothing, WATCH_TIME, "time out"),
        (policy(FullPolicy.SUSPEND), 10, "suspended"),
        (policy(FullPolicy.ERROR), 10, "error"),
        (policy(FullPolicy.ERROR), WATCH_TIME, "error"),
        (group_suspended, 10, "no journal due"),
        (group_suspended, WATCH_TIME, "no journal due"),
        (journal_volume_fails, 10, "no journal due"),
        (volume_fails, 10, "no journal due"),
    ],
)
@pytest.mark.parametrize("opcode", [Opcode.WRITE, Opcode.DISCARD])
def test_the_end_of_a_write_that_waits_for_room_is_what_came_meanwhile(opcode, comes, waited, bin):
    system = pair_of_systems(GroupSettings(copy_unit=4096)).original(0)
    group = system.shared.groups[0]
    group.full_policy, group.watch_time = FullPolicy.STALL, WATCH_TIME
    group.ring.update_information_area = UPDATE_INFORMATION_BYTES
    sampled = SampledSystem(system)
    data = b"" if opcode is Opcode.DISCARD else bytes(BLOCK)
    command = HostCommand(opcode, 7, VOLUME, 0, BLOCK)

    def took(step: Step | None) -> None:
        assert step is not None
        sampled.step(system.record(step, 0))

    before = {name: dict(coverage_db[name].detailed_coverage) for name in POINTS}

    def met() -> list[list[str]]:
        return [
            [one for one, count in coverage_db[name].detailed_coverage.items() if count > hits[one]]
            for name, hits in before.items()
        ]

    for _ in range(2):  # the first one takes the only entry
        took(system.command_reception.receive(command, data))
        assert met() == [[], []]
    comes(system)
    took(system.command_reception.receive(command, data, waited))
    assert met() == [[bin], [bin] if opcode is Opcode.DISCARD else []]
    # the next one did not wait
    before = {name: dict(coverage_db[name].detailed_coverage) for name in POINTS}
    group.full_policy = FullPolicy.STALL
    group.ring.update_information_area = 8 * UPDATE_INFORMATION_BYTES
    took(system.command_reception.receive(command, data))
    assert met() == [[], []]
