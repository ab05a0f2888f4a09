"""Status of groups and pairs, against what the test itself saw happen: journals created and restored."""

import random
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from mirrorlog.explore.operators import OperatedExploration
from mirrorlog.formats.update_information import data_bytes
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_creation import JournalCreation
from mirrorlog.processes.maintenance import Maintenance
from mirrorlog.processes.restore import Restore
from mirrorlog.storage.cache_memory import JournalWrite, VolumeWrite
from mirrorlog.systems.failback import resynchronize, take_over
from mirrorlog.systems.status import GroupStatus, describe, group_status
from mirrorlog.systems.topology import GroupLink
from mirrorlog.tables.shared_memory import GroupState, PairState
from tests.model.systems.test_replication import CAPACITY, write
from tests.model.variations.test_resynchronization import mapped


class Watched(OperatedExploration):
    """An exploration that notes each journal as it is created and restored, by system and group, and compares."""

    def __init__(self, seed: int) -> None:
        self.created: dict[tuple[int, int], dict[int, tuple[int, int]]] = {}
        self.restored: dict[tuple[int, int], int] = {}
        self.compared = 0
        super().__init__(seed)

    def check(self) -> None:
        super().check()
        for link in self.links:
            self.compare(link, group_status(self.topology, link.group, self.now))

    def compare(self, link: GroupLink, status: GroupStatus) -> None:
        """Compare one status with what was noted."""
        original = self.topology.original(link.group).shared.groups[link.group]
        secondary = self.topology.secondary(link.group).shared.groups[link.group]
        journals = self.created.get((link.original, link.group), {})
        assert 0 <= status.restored <= status.stored <= status.created
        assert status.sent <= status.created
        assert status.journals_behind == status.created - status.restored >= 0
        assert status.bytes_behind >= 0
        assert status.time_behind >= 0
        for occupancy in (*status.original_occupancy, *status.secondary_occupancy):
            assert 0 <= occupancy.share() <= 1
        used = sum(area.used for area in status.original_occupancy)
        assert used >= 64 * (status.created + 1 - original.oldest_number())
        running = original.original.started and secondary.secondary.started
        if original.generation != secondary.generation or not running or link.group in self.images:
            return
        self.compared += 1
        restored = self.restored.get((link.secondary, link.group), 0)
        behind = {number: seen for number, seen in journals.items() if number > restored}
        assert (status.created, status.restored) == (max(journals, default=restored), restored)
        if status.journals_behind:
            assert status.bytes_behind == sum(size for size, _ in behind.values())
            oldest = min(behind)
            if status.consistent and not any(pair.to_copy for pair in status.pairs) and not self.settings.host_time:
                assert status.time_behind == self.now - behind[oldest][1]
        elif status.consistent and not any(pair.to_copy for pair in status.pairs):
            assert (status.bytes_behind, status.time_behind) == (0, 0)


def watched_run(seed: int, steps: int) -> Watched:
    """Run one seed and note creations and restores where they happen."""
    create, free = JournalCreation._create, Restore.free
    runs: list[Watched] = []

    def noting_create(self: JournalCreation, *arguments: Any, **named: Any) -> Any:
        journal: JournalWrite = create(self, *arguments, **named)
        if runs:
            key = self.shared.parameters.system, journal.group
            size = data_bytes(journal.kind, journal.size)
            runs[0].created.setdefault(key, {})[journal.update_number] = size, runs[0].now
        return journal

    def noting_free(self: Restore, number: int) -> Any:
        step = free(self, number)
        if step is not None and runs:
            runs[0].restored[self.shared.parameters.system, number] = step.reference
        return step

    def noting_begin(begin: Callable[..., None]) -> Callable[..., None]:
        def noting(self: Maintenance, number: int, *arguments: int) -> None:
            begin(self, number, *arguments)
            if runs:
                key = self.shared.parameters.system, number
                runs[0].created[key], runs[0].restored[key] = {}, self.shared.groups[number].update_number - 1

        return noting

    with (
        patch.object(JournalCreation, "_create", noting_create),
        patch.object(Restore, "free", noting_free),
        patch.object(Maintenance, "become_original", noting_begin(Maintenance.become_original)),
        patch.object(Maintenance, "become_secondary", noting_begin(Maintenance.become_secondary)),
    ):
        run = Watched(seed)
        runs.append(run)
        run.run(range(steps))
    return run


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_status_is_what_happened_at_every_moment_of_an_exploration(first: int) -> None:
    compared = sum(watched_run(seed, 250).compared for seed in range(first, first + 10))
    assert compared > 500


def test_status_follows_a_journal_from_its_creation_to_its_restore() -> None:
    systems = mapped()
    original, secondary = systems.systems[1], systems.systems[2]
    seen = []

    def see(now: int) -> GroupStatus:
        status = group_status(systems, 0, now)
        seen.append((status.created, status.sent, status.stored, status.restored))
        return status

    assert see(5).journals_behind == 0
    write(systems, random.Random(1))
    status = see(1007)  # the write was at 7
    assert (status.journals_behind, status.time_behind) == (1, 1000)
    assert status.bytes_behind == status.original_occupancy[1].used > 0
    assert status.original_occupancy[0].used == 64
    systems_finish(systems)
    command = secondary.journal_read_command.poll(0, 0)
    assert command is not None
    answer = original.receive(command)
    assert answer is not None
    see(1007)
    secondary.receive(answer)
    assert see(1007).secondary_occupancy[0].used == 64
    systems_finish(systems)
    see(1007)
    secondary.restore.step(0)
    assert see(2007).time_behind == 2000
    systems_finish(systems)
    status = see(2007)
    assert (status.journals_behind, status.bytes_behind, status.time_behind) == (0, 0, 0)
    assert seen == [
        (0, 0, 0, 0),
        (1, 0, 0, 0),
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        (1, 1, 1, 0),
        (1, 1, 1, 0),
        (1, 1, 1, 1),
    ]


def systems_finish(systems: Any) -> None:
    """Let all devices answer, and free what is restored."""
    for system in systems.systems.values():
        adapter: DiskAdapter = system.disk_adapter
        for journals in adapter.journal_writes:
            while journals:
                system.journal_write_done(journals[0])
        writes: list[VolumeWrite] = [*adapter.volume_writes.values(), *adapter.restore_writes.values()]
        for volume_write in writes:
            system.volume_write_done(volume_write)
        system.restore.free_all(0)


def test_status_of_a_suspended_group_counts_changed_blocks_and_the_age_of_the_oldest_change() -> None:
    rng = random.Random(2)
    systems = mapped()
    systems.systems[1].maintenance.suspend(0)
    write(systems, rng)
    write(systems, rng)
    status = group_status(systems, 0, 507)
    assert (status.original_state, status.secondary_state) == (GroupState.ABNORMAL, GroupState.NORMAL)
    assert status.time_behind == 500
    assert status.journals_behind == 0
    assert status.consistent  # as of the suspension
    assert sum(pair.to_copy for pair in status.pairs) == sum(pair.changed or 0 for pair in status.pairs) > 0
    resynchronize(systems, 0, 1)
    status = group_status(systems, 0, 1007)
    assert not status.consistent
    assert status.time_behind == 1000
    assert {pair.original_state for pair in status.pairs} == {PairState.NOT_COPYING}
    systems.drain(1007)
    status = group_status(systems, 0, 10**9)
    assert status.consistent
    assert (status.time_behind, status.journals_behind) == (0, 0)


def test_the_line_of_a_group_says_all_of_it() -> None:
    systems = mapped()
    write(systems, random.Random(3))
    line = describe(group_status(systems, 0, 2_000_007))
    for words in ("group 0", "system 1 to 2", "created 1 sent 0 stored 0 restored 0", "1 journals", "2.000 ms"):
        assert words in line
    assert "\n" not in line
    take_over(systems, 0)
    resynchronize(systems, 0, 2, wins=True)
    assert "system 2 to 1" in describe(group_status(systems, 0, 0))
    assert sum(pair.to_copy for pair in group_status(systems, 0, 0).pairs) < CAPACITY
