"""Variations that hosts see: the creation time of write data, and access to secondary volumes."""

import pytest

from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.systems.topology import finish_device_writes
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.status import Status
from tests.model.steps import BLOCK, ask, pair_of_systems, take, write


@pytest.mark.parametrize(("host_time", "created", "expected"), [(True, 7, 7), (True, None, 90), (False, 7, 90)])
def test_a_journal_carries_the_hosts_creation_time_if_the_settings_say_so_and_the_host_gave_one(
    host_time: bool, created: int | None, expected: int
) -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, host_time=host_time))
    command = HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK, 90, created)
    topology.original(0).command_reception.receive(command, bytes(BLOCK))
    finish_device_writes(topology.original(0))
    _, answer = ask(topology)
    assert answer is not None
    assert [information.time for information, _ in answer.journals] == [expected]


@pytest.mark.parametrize("allowed", [False, True])
def test_hosts_read_a_secondary_volume_only_if_the_settings_say_so_and_never_write_it(allowed: bool) -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, secondary_reads=allowed))
    write(topology, 1)
    take(topology, ask(topology)[1])
    system = topology.secondary(0)
    finish_device_writes(system)
    system.restore.step(0)  # its volume write is in cache only
    read = system.command_reception.receive(HostCommand(Opcode.READ, 0, 1, 0, BLOCK))
    assert read is not None and read.outcome == (CommandOutcome.READ_TAKEN if allowed else CommandOutcome.REFUSED)
    if allowed:
        assert system.command_reception.reads[read.reference].data == bytes([1]) * BLOCK
    refused = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), bytes(BLOCK))
    assert refused is not None and refused.status == Status.VOLUME_SECONDARY
