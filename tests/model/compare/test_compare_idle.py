"""When a system counts as idle for a write of a table's register."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mirrorlog.compare.maintenance import Maintenance
from mirrorlog.compare.path_port import PathPort
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import RegisterOutcome

CYCLE = 1000


@pytest.mark.parametrize(
    ("taken", "outcome", "idle"),
    [
        (CYCLE - 2, RegisterOutcome.WRITTEN, False),
        (CYCLE - 2, RegisterOutcome.NOT_IDLE, False),
        (CYCLE - 1, RegisterOutcome.WRITTEN, True),
        (CYCLE - 1, RegisterOutcome.NOT_IDLE, False),
        (CYCLE, RegisterOutcome.WRITTEN, True),
    ],
)
def test_a_command_taken_in_the_cycle_before_may_be_seen_or_not(
    taken: int, outcome: RegisterOutcome, idle: bool
) -> None:
    """One taken earlier is seen."""
    host = SimpleNamespace(commands=[SimpleNamespace(cycle=taken)], is_unanswered=lambda: False, last_activity=0)
    model = SimpleNamespace(is_idle=lambda: True)
    compared = Maintenance(
        cast(Any, model), cast(Any, None), cast(Any, host), cast(Any, None), lambda cycle: False, lambda: None
    )
    assert compared._is_idle(cast(Any, SimpleNamespace(outcome=outcome)), CYCLE) is idle


@pytest.mark.parametrize(("since", "busy"), [(0, True), (8, True), (9, False)])
def test_a_packet_that_is_dropped_as_it_comes_may_be_seen_for_some_cycles(since: int, busy: bool) -> None:
    shared = SimpleNamespace(packet_faults=0)
    path = PathPort(cast(Any, shared), cast(Any, SimpleNamespace(arrives=lambda data: None)), cast(Any, None))
    assert not path.may_be_busy(CYCLE)
    path.take_in(b"", CYCLE)
    assert path.may_be_busy(CYCLE + since) is busy


@pytest.mark.parametrize(("since", "busy"), [(0, True), (4, True), (5, False)])
def test_a_packet_that_has_left_may_be_seen_for_some_cycles(since: int, busy: bool) -> None:
    packet = Packet(PacketType.GROUP_STATE, 1, 2, 0, 0)
    path = PathPort(cast(Any, SimpleNamespace(packet_faults=0)), cast(Any, None), cast(Any, None))
    path.send(packet, CYCLE)
    path.take_first(CYCLE)
    path.take_out(packet.pack(), packet.size(), CYCLE)
    assert list(path.settle(CYCLE))
    assert path.may_be_busy(CYCLE + since) is busy
