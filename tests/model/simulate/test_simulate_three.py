"""Disasters of the recorded bank workload with three systems, and their options."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad, TopologyKind
from mirrorlog.simulate.settings import MICROSECOND, SECOND, SimulationSettings, Site
from mirrorlog.simulate.simulation import Simulation
from mirrorlog.simulate.summary import Summary, run
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import FullPolicy
from tests.model.simulate.test_simulate import DISASTERS, GROUP, WRITES, acknowledged_transactions, bank, checker

THREE = (TopologyKind.THREE, TopologyKind.THREE_VIRTUAL)
FIRST = frozenset({Site.FIRST})
ORIGINAL = frozenset({Site.ORIGINAL})
BOTH = FIRST | ORIGINAL
WATCH = SECOND // 100
TOPOLOGIES = pytest.mark.parametrize("topology", THREE, ids=lambda kind: kind.value)

Verdicts = dict[tuple[str, int], tuple[bool, str]]


@cache
def verdicts() -> Verdicts:
    """Return what the checker said of the images that it saw: many disasters leave the same ones."""
    return {}


def is_good(simulation: Simulation, system: int, writes: int, folder: Path) -> tuple[bool, str]:
    """Could the bank have crashed into a system's volumes, with what `writes` writes acknowledged?"""
    images = [simulation.topology.image(system, volume) for volume in (1, 2)]
    key = sha256(b"".join(images)).hexdigest(), acknowledged_transactions(writes)
    if key not in verdicts():
        files = [folder / f"volume{number}.img" for number in (1, 2)]
        for file, image in zip(files, images, strict=True):
            file.write_bytes(image)
        verdicts()[key] = checker().check(*files, key[1])
    return verdicts()[key]


def disaster(
    topology: TopologyKind, fails: frozenset[Site], after: int | None, watch: int = WATCH, **settings: object
) -> tuple[Simulation, Summary]:
    """Run the bank workload with sites failing after a number of writes."""
    simulation = SimulationSettings(fail_after=after, fails=fails, distance_km=300.0, **settings)  # type: ignore[arg-type]
    return run(Scenario(bank(), simulation, GROUP, topology=topology, watch_time=watch))


def examine(topology: TopologyKind, fails: frozenset[Site], after: int, folder: Path) -> str:
    """Return what is wrong after a disaster (nothing: an empty text)."""
    simulation, summary = disaster(topology, fails, after)
    if not summary.consistent:
        return "takeover answered not consistent"
    good, why = is_good(simulation, 2, summary.restored_writes, folder)
    if not good:
        return f"secondary: {why}"
    if fails == FIRST and (summary.lost_writes, summary.restored_writes) != (0, after):
        return f"{summary.lost_writes} acknowledged writes are lost"
    if fails == ORIGINAL:
        good, why = is_good(simulation, 3, WRITES, folder)
        if not good or summary.acknowledged != WRITES:
            return f"first: {why}, {summary.acknowledged} writes acknowledged"
    return ""


@TOPOLOGIES
@pytest.mark.parametrize("after", DISASTERS)
def test_after_a_disaster_at_one_site_or_two_the_bank_is_whole(
    topology: TopologyKind, after: int, tmp_path: Path
) -> None:
    assert [examine(topology, fails, after, tmp_path) for fails in (FIRST, ORIGINAL, BOTH)] == ["", "", ""]


@TOPOLOGIES
def test_with_all_drained_every_site_holds_the_same(topology: TopologyKind) -> None:
    simulation, summary = disaster(topology, BOTH, None)
    assert (summary.consistent, summary.restored_writes, summary.hosts_at) == (True, WRITES, "first")
    for volume in (1, 2):
        assert simulation.topology.image(2, volume) == simulation.topology.image(3, volume)
        if topology is TopologyKind.THREE:
            assert simulation.topology.image(1, volume) == simulation.topology.image(3, volume)


@TOPOLOGIES
def test_with_copy_during_the_workload_the_first_system_s_loss_is_told_truly(
    topology: TopologyKind, tmp_path: Path
) -> None:
    answers = []
    for after in (0, 40, 200, 373):
        simulation, summary = disaster(topology, FIRST, after, copy_before=False, gbps=1.0)
        answers.append(summary.consistent)
        if summary.consistent:
            assert is_good(simulation, 2, after, tmp_path)[0] and summary.lost_writes == 0
    assert set(answers) == {False, True}


def synthetic(topology: TopologyKind, path: SimulationSettings, **settings: object) -> tuple[Simulation, Summary]:
    """Run a small synthetic load."""
    given = {"group": GROUP, "watch_time": WATCH, **settings}
    return run(Scenario(SyntheticLoad(writes=200), path, topology=topology, **given))  # type: ignore[arg-type]


@TOPOLOGIES
@pytest.mark.parametrize(
    "path",
    [
        SimulationSettings(loss=0.1, duplication=0.2),
        SimulationSettings(corruption=0.1, reordering=0.3),
        SimulationSettings(copy_before=False, loss=0.05),
    ],
    ids=["loss", "corruption", "copy"],
)
def test_all_sites_become_equal_whatever_the_paths_do(topology: TopologyKind, path: SimulationSettings) -> None:
    group = GroupSettings(copy_unit=16384, timeout=1000 * MICROSECOND)
    simulation, summary = synthetic(topology, path, group=group, watch_time=10 * SECOND)
    assert (summary.consistent, summary.lost_writes, summary.acknowledged) == (True, 0, 200)
    for volume in (1, 2):
        assert simulation.topology.image(3, volume) == simulation.topology.image(2, volume)


@TOPOLOGIES
def test_after_a_cut_of_the_path_to_the_original_system_only_changed_blocks_are_copied(topology: TopologyKind) -> None:
    cut = SimulationSettings(first_cuts=((SECOND // 200, SECOND // 20),))
    simulation, summary = synthetic(topology, cut, watch_time=WATCH // 10)
    copied = simulation.topology.first(0).remote_write.groups[0].copied_bytes
    assert (summary.consistent, summary.restored_writes, summary.acknowledged) == (True, 200, 200)
    assert 0 < copied < 200 * 4096
    for volume in (1, 2):
        assert simulation.topology.image(3, volume) == simulation.topology.image(2, volume)


@TOPOLOGIES
def test_hosts_wait_for_the_way_to_the_original_system_and_not_for_the_one_to_the_secondary(
    topology: TopologyKind,
) -> None:
    near, far, further = (
        synthetic(topology, SimulationSettings(distance_km=km, first_km=first))[1].host_latency_p50_us
        for km, first in ((10.0, 10.0), (4000.0, 10.0), (10.0, 50.0))
    )
    assert near == far
    assert near + 390 < further < near + 410


def test_with_policy_error_a_lost_original_system_stops_the_hosts_writes() -> None:
    path = SimulationSettings(fails=ORIGINAL, fail_after=100)
    _, summary = synthetic(TopologyKind.THREE, path, policy=FullPolicy.ERROR)
    assert (summary.acknowledged, summary.refused, summary.lost_writes) == (100, 100, 0)


def test_the_command_writes_the_volumes_of_the_first_system_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--topology", "three-virtual", "--writes", "50", "--fail", "original:20", "--watch-ms", "1"]
    assert main(["simulate", *arguments, "--out", str(out)]) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["topology"], summary["hosts_at"], summary["acknowledged"]) == ("three-virtual", "first", 50)
    assert (out / "first_volume1.img").stat().st_size == 1 << 20


def test_the_study_of_sites_shows_what_each_topology_loses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, picture = tmp_path / "table.json", tmp_path / "picture.png"
    arguments = ["--writes", "200", "--watch-ms", "5", "--journal-bytes", str(4 << 20)]
    assert main(["study", "sites", *arguments, "--out", str(file), "--plot", str(picture)]) == 0
    found = json.loads(file.read_text())
    lost = [
        (row["systems"], bool(row["first_lost"]), bool(row["original_lost"]), row["lost_writes"] > 0) for row in found
    ]
    three = [(3, True, False, False), (3, False, True, False), (3, True, True, True)]
    assert lost == [(2, False, True, True), *three, *three]
    assert found[4]["volume_bytes"] < found[1]["volume_bytes"]
    said = capsys.readouterr().out
    assert said.count("three-virtual") == 3 and "first and original" in said
    assert picture.stat().st_size > 1000


@pytest.mark.parametrize("disaster", ["first", "nowhere:3", "first:x", ":5"])
def test_a_disaster_that_is_none_is_one_clear_line(disaster: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--topology", "three", "--fail", disaster]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert f"{disaster!r} is no disaster: first or original" in said
