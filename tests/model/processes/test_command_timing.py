"""When the next journal read command is sent, and how much it asks for ([0126], [0134])."""

import pytest

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import ReceptionOutcome
from mirrorlog.processes.command_slots import CommandSlots
from mirrorlog.processes.command_timing import AdaptiveBatch
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad
from mirrorlog.simulate.settings import SimulationSettings
from mirrorlog.simulate.summary import run
from mirrorlog.systems.topology import finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NextCommand, SettingsError
from tests.model.steps import BLOCK, ask, numbers, pair_of_systems, write

SECOND = 10**9


def test_no_command_while_the_path_carried_too_much_in_the_last_interval() -> None:
    settings = GroupSettings(
        copy_unit=4096, commands=1, batch_journals=1, next_command=NextCommand.TRAFFIC, traffic=1408, interval=100
    )
    topology = pair_of_systems(settings)
    write(topology, 4)
    secondary = topology.secondary(0)
    for now in (0, 10):
        _, answer = ask(topology, now)
        assert answer is not None
        secondary.receive(answer, now)
    poll = secondary.journal_read_command.poll
    assert poll(0, 99) is None  # two answers of 704 bytes: 1,408
    assert poll(0, 100) is not None


def test_less_traffic_than_the_limit_holds_nothing_back() -> None:
    settings = GroupSettings(
        copy_unit=4096, commands=1, batch_journals=1, next_command=NextCommand.TRAFFIC, traffic=1409, interval=100
    )
    topology = pair_of_systems(settings)
    write(topology, 4)
    for now in (0, 10):
        _, answer = ask(topology, now)
        assert answer is not None
        topology.secondary(0).receive(answer, now)
    assert topology.secondary(0).journal_read_command.poll(0, 20) is not None


def test_no_command_while_too_many_device_writes_are_unfinished() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, next_command=NextCommand.LOAD, load=2, batch_journals=1))
    write(topology, 4)
    secondary = topology.secondary(0)
    polled = []
    for _ in range(3):
        command = secondary.journal_read_command.poll(0, 0)
        polled.append(command is not None)
        if command is not None:
            answer = topology.original(0).receive(command)
            assert answer is not None
            secondary.receive(answer)
    assert polled == [True, True, False]
    finish_device_writes(secondary)
    assert secondary.journal_read_command.poll(0, 0) is not None


@pytest.mark.parametrize(("written", "at_once"), [(3, False), (4, True)])
def test_the_answer_tells_what_the_original_holds_and_that_decides_when_the_next_command_is_sent(
    written: int, at_once: bool
) -> None:
    settings = GroupSettings(
        copy_unit=4096, commands=1, batch_journals=1, next_command=NextCommand.ORIGINAL, backlog=3, interval=100
    )
    topology = pair_of_systems(settings)
    write(topology, written)
    _, answer = ask(topology)
    assert answer is not None
    assert (answer.youngest, answer.held) == (written, written * (64 + BLOCK))
    assert Packet.unpack(answer.pack()) == answer
    secondary = topology.secondary(0)
    secondary.receive(answer)
    assert (secondary.journal_read_command.poll(0, 99) is not None) == at_once
    assert secondary.journal_read_command.poll(0, 100) is not None or at_once


def test_an_answer_tells_nothing_unless_the_settings_ask_for_it() -> None:
    topology = pair_of_systems()
    write(topology, 2)
    _, answer = ask(topology)
    assert answer is not None and (answer.youngest, answer.held) == (0, 0)


def test_batches_adapt_to_what_the_path_carries_in_the_time_they_may_take() -> None:
    settings = GroupSettings(batch_time=1000, batch_bytes=100_000)
    batch = AdaptiveBatch()
    assert batch.limit(settings) == 100_000
    batch.answered(64, 500)
    for _ in range(40):
        batch.answered(10_000, 500 + 1000)  # 10 bytes a ns
    assert batch.limit(settings) == pytest.approx(10_000, rel=0.01)
    for _ in range(40):
        batch.answered(10_000, 500 + 10_000)  # the path is loaded
    slow = batch.limit(settings)
    assert slow == pytest.approx(1000, rel=0.01)
    batch.lost()
    assert batch.limit(settings) == slow // 2
    for _ in range(60):
        batch.answered(100_000, 501)
    assert batch.limit(settings) == 100_000
    for _ in range(60):
        batch.lost()
    assert batch.limit(settings) == 1  # one journal always fits


def test_on_a_slow_path_adaptive_batches_are_smaller_and_nothing_is_lost() -> None:
    load = SyntheticLoad(writes=200, rate=2000.0)
    packets = []
    for batch_time in (None, SECOND // 1000):
        group = GroupSettings(copy_unit=65536, batch_time=batch_time, commands=2, timeout=SECOND)
        simulation, summary = run(Scenario(load, SimulationSettings(gbps=0.05), group))
        assert summary.lost_writes == 0
        packets.append(
            simulation.topology.original(0).journal_read_reception.groups[0].exits[ReceptionOutcome.TRANSMITTED]
        )
    assert packets[1] > 2 * packets[0]


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"batch_time": 0}, ["batch_time"]),
        ({"traffic": 0}, ["traffic"]),
        ({"load": 0}, ["load"]),
        ({"next_command": NextCommand.TRAFFIC, "interval": 0}, ["next_command traffic", "interval 0"]),
    ],
)
def test_settings_of_timing_in_contradiction_are_refused_by_name(settings: dict[str, object], names: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        GroupSettings(**settings)  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in names)


def test_a_slot_is_given_as_many_numbers_as_one_answer_brings() -> None:
    slots = CommandSlots(1)
    shares = []
    answers = (
        (1, 1, 512),
        (2, 2, 1024),
        (4, 1, 512),
        (4, 4, 2048),
        (8, 8, 4096),
        (8, 3, 3000),
        (3, 3, 3000),
        (2, 2, 512),
    )
    for asked, taken, size in answers:
        slots.learn(asked, taken, size, (12, 4096))
        shares.append(slots.share)
    assert shares == [8, 8, 8, 8, 8, 3, 3, 12]
    slots.learn(3, 3, 0, (64, 4096))  # ends of initial copy have no data
    assert slots.share == 64


def test_journals_of_half_a_batch_are_asked_for_in_the_order_of_their_numbers() -> None:
    """A slot that owned many journals would have commit wait for all of its answers."""
    settings = GroupSettings(copy_unit=2048, commands=2, batch_journals=16, batch_bytes=4096)
    topology = pair_of_systems(settings, journal_bytes=65536)
    secondary = topology.secondary(0)
    secondary.journal_read_command.groups[0].slots.share = 1
    for _ in range(5):
        write(topology, 4, 2048)
    ahead = []
    for _ in range(5):
        for _, answer in [ask(topology), ask(topology)]:
            assert answer is not None
            ahead.append(numbers(answer)[-1] - secondary.shared.groups[0].update_number)
            secondary.receive(answer)
        finish_device_writes(secondary)
    assert secondary.shared.groups[0].update_number == 1 + 2 * 1 + 4 * 2 * 2
    assert max(ahead) == 3
