"""Disasters of the recorded bank workload, and the simulation's options."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from mirrorlog.__main__ import main
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad
from mirrorlog.simulate.settings import MICROSECOND, SECOND, SimulationSettings
from mirrorlog.simulate.simulation import Simulation
from mirrorlog.simulate.summary import Summary, run
from mirrorlog.simulate.workload import Workload
from mirrorlog.systems.history import History
from mirrorlog.tables.settings import GroupSettings, NoRoom, ReadMode
from mirrorlog.tables.shared_memory import FullPolicy

DATA = Path(__file__).parents[2] / "data"
BANK = DATA / "bank"
WRITES = 373
DATABASE = 1
# Writes after which sites are lost; of the disasters every run of the tests has each tenth and the last
SPREAD = sorted({round(number * WRITES / 59) for number in range(60)})
DISASTERS = [
    pytest.param(after, marks=[] if number % 10 == 0 or after == WRITES else [pytest.mark.long])
    for number, after in enumerate(SPREAD)
]
GROUP = GroupSettings(copy_unit=65536)


@cache
def bank() -> Workload:
    """Return the recorded workload."""
    return Workload.load(BANK)


@cache
def checker() -> ModuleType:
    """Return the program that examines the bank's volumes."""
    spec = importlib.util.spec_from_file_location("check_bank", DATA / "check_bank.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def acknowledged_transactions(writes: int) -> int:
    """Return how many transactions the bank had acknowledged after this many writes."""
    acks = [json.loads(line) for line in (DATA / "bank.acks.jsonl").read_text().splitlines()]
    return max((ack["txn"] for ack in acks if ack["writes_before_ack"] <= writes), default=0)


def is_good(simulation: Simulation, summary: Summary, folder: Path) -> tuple[bool, str]:
    """Is the secondary copy one that the bank could have crashed into?

    Its database is on the first volume: what had been acknowledged at the moment that this volume shows must be there.
    """
    images = []
    for volume in (1, 2):
        images.append(folder / f"volume{volume}.img")
        images[-1].write_bytes(simulation.topology.image(2, volume))
    good, why = checker().check(*images, acknowledged_transactions(summary.recovery_points[DATABASE]))
    return bool(good), str(why)


def disaster(after: int | None, **settings: object) -> tuple[Simulation, Summary]:
    """Run the bank workload with the original failing after a number of writes."""
    ungrouped = bool(settings.pop("ungrouped", False))
    simulation = SimulationSettings(fail_after=after, **settings)  # type: ignore[arg-type]
    return run(Scenario(bank(), simulation, GROUP, ungrouped=ungrouped))


@pytest.mark.parametrize("after", DISASTERS)
def test_after_a_disaster_the_secondary_holds_a_bank_that_lost_only_the_last_writes(after: int, tmp_path: Path) -> None:
    simulation, summary = disaster(after, distance_km=300.0)
    assert summary.consistent
    assert summary.acknowledged == after
    assert summary.restored_writes + summary.lost_writes == after
    assert summary.recovery_points == dict.fromkeys((1, 2), summary.restored_writes)
    assert is_good(simulation, summary, tmp_path)[0]
    before = {volume: bytearray(image.whole()) for volume, image in bank().volumes.items()}
    history = History(before, simulation.histories[0].writes)
    images = history.at(simulation.topology.secondary(0).restore.restored_number(0))
    for volume in (1, 2):
        assert simulation.topology.image(2, volume) == images[volume]


def test_with_all_journals_drained_nothing_is_lost(tmp_path: Path) -> None:
    simulation, summary = disaster(None)
    assert (summary.consistent, summary.restored_writes, summary.lost_writes) == (True, WRITES, 0)
    assert is_good(simulation, summary, tmp_path)[0]


def test_a_disaster_while_copying_is_answered_not_consistent_and_after_the_end_markers_consistent(
    tmp_path: Path,
) -> None:
    answers = []
    for after in (0, 1, 40, 120, 250, 373):
        simulation, summary = disaster(after, copy_before=False, gbps=1.0)
        answers.append(summary.consistent)
        if summary.consistent:
            assert is_good(simulation, summary, tmp_path)[0]
    assert answers == sorted(answers)
    assert set(answers) == {False, True}


@pytest.mark.parametrize(("volume", "milliseconds", "share"), [(1, 60, 0.75), (2, 60, 0.75), (2, 5, 0.3)])
def test_ungrouped_volumes_of_which_one_is_slow_are_no_bank_any_more(
    volume: int, milliseconds: int, share: float, tmp_path: Path
) -> None:
    spread = SPREAD[7::5]
    slow = {volume: 1000 * milliseconds * MICROSECOND}
    bad = 0
    for after in spread:
        simulation, summary = disaster(after, ungrouped=True, slow=slow)
        assert summary.consistent
        assert summary.restored_writes == summary.recovery_points[volume] < summary.recovery_points[3 - volume]
        bad += not is_good(simulation, summary, tmp_path)[0]
    assert bad >= share * len(spread)
    for after in spread:
        simulation, summary = disaster(after, slow=slow)
        assert summary.consistent
        assert is_good(simulation, summary, tmp_path)[0]


def synthetic(path: SimulationSettings, group: GroupSettings = GROUP, **settings: object) -> tuple[Simulation, Summary]:
    """Run a small synthetic load."""
    return run(Scenario(SyntheticLoad(writes=300), path, group, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        SimulationSettings(loss=0.2),
        SimulationSettings(corruption=0.2),
        SimulationSettings(duplication=0.3),
        SimulationSettings(reordering=0.5),
        SimulationSettings(cuts=((SECOND // 100, SECOND // 10),)),
        SimulationSettings(distance_km=4000.0),
        SimulationSettings(gbps=0.5),
        SimulationSettings(copy_before=False, loss=0.1, reordering=0.3),
    ],
    ids=lambda path: (
        f"{path.loss} {path.corruption} {path.duplication} {path.reordering} {path.cuts} {path.distance_km} {path.gbps}"
    ),
)
@pytest.mark.parametrize("mode", ReadMode)
def test_both_sides_become_equal_whatever_the_path_does(path: SimulationSettings, mode: ReadMode) -> None:
    group = GroupSettings(mode=mode, commands=1 if mode is ReadMode.PLAIN else 4, copy_unit=65536)
    simulation, summary = synthetic(path, group)
    assert (summary.consistent, summary.lost_writes) == (True, 0)
    for volume in (1, 2):
        assert simulation.topology.image(1, volume) == simulation.topology.image(2, volume)


def test_host_latency_does_not_depend_on_distance_but_synchronous_copy_does() -> None:
    near, far = (synthetic(SimulationSettings(distance_km=km))[1] for km in (0.0, 8000.0))
    assert near.host_latency_p99_us == far.host_latency_p99_us
    assert far.rpo_max_ms > near.rpo_max_ms
    synchronous = synthetic(SimulationSettings(distance_km=8000.0, synchronous=True))[1]
    assert synchronous.host_latency_p50_us > 80_000


@pytest.mark.parametrize("policy", FullPolicy)
def test_a_journal_volume_too_small_does_what_the_policy_says(policy: FullPolicy) -> None:
    group = GroupSettings(copy_unit=16384, no_room=NoRoom.HOLD)
    path = SimulationSettings(distance_km=4000.0)
    _, summary = synthetic(path, group, journal_bytes=65536, policy=policy)
    assert (summary.stalls > 0) == (policy is FullPolicy.STALL)
    assert (summary.refused > 0) == (policy is FullPolicy.ERROR)
    assert (summary.lost_writes > 0) == (policy is FullPolicy.SUSPEND)
    assert summary.acknowledged + summary.refused == 300


def test_the_same_seed_gives_the_same_run() -> None:
    path = SimulationSettings(loss=0.2, reordering=0.3, duplication=0.1)
    assert synthetic(path, seed=5)[1] == synthetic(path, seed=5)[1]
    assert synthetic(path, seed=5)[1] != synthetic(path, seed=6)[1]


def test_the_command_writes_volumes_summary_series_and_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, picture = tmp_path / "out", tmp_path / "picture.png"
    arguments = ["simulate", "--trace", str(BANK), "--out", str(out), "--plot", str(picture), "--seed", "3"]
    assert main(arguments) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["host_writes"] == summary["restored_writes"] == WRITES
    assert summary["consistent"] is True
    assert (out / "volume1.img").stat().st_size == len(bank().volumes[1])
    assert (out / "series.csv").read_text().startswith("time_ns,")
    assert picture.stat().st_size > 1000
    assert "restored_writes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--loss", "1"], "loss"),
        (["--gbps", "0"], "gbps"),
        (["--distance-km", "-1"], "--distance-km: -1 is not from 0 to 40000"),
        (["--free-at-once"], "free_at_once contradicts retry"),
        (["--mode", "plain", "--commands", "2"], "commands 2 contradicts mode plain"),
        (["--copy-unit", "1000"], "copy_unit 1000"),
        (["--batch-journals", "0"], "batch_journals 0"),
        (["--journal-bytes", "8192"], "journal_bytes 8192"),
        (["--slow-volume", "9:100"], "slow volume 9"),
        (["--write-bytes", "100"], "write_bytes 100"),
        (["--trace", "nowhere/none"], "none.iolog"),
        (["--fail-original-after", "-1"], "--fail-original-after: -1 is not from 0"),
        (["--fail", "first:10"], "fail first contradicts topology two"),
        (["--cut-first-ms", "1:2"], "cut_first contradicts topology two"),
        (["--topology", "three", "--synchronous"], "synchronous contradicts topology three"),
        (["--topology", "three-virtual", "--suspend-at", "5"], "suspend_at contradicts topology three-virtual"),
        (["--topology", "three", "--first-km", "9999"], "--first-km: 9999 is not from 0 to 1000"),
        (["--resync-at", "5"], "resync_at 5 needs a suspend_at"),
        (["--suspend-at", "5", "--resync-at", "9"], "changed_block_bytes"),
        (["--suspend-at", "0"], "--suspend-at: 0 is not from 1"),
        (["--changed-block-bytes", "100"], "changed_block_bytes 100"),
    ],
)
def test_bad_settings_are_one_clear_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_the_study_of_distance_shows_the_headline_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, picture = tmp_path / "table.json", tmp_path / "picture.png"
    assert main(["study", "distance", "--writes", "60", "--out", str(table), "--plot", str(picture)]) == 0
    rows = json.loads(table.read_text())
    assert [row["km"] for row in rows][::9] == [0, 8000]
    latencies = {name: [row[name]["host_latency_p50_us"] for row in rows] for name in ("journal", "synchronous")}
    assert len(set(latencies["journal"])) == 1
    assert latencies["synchronous"] == sorted(latencies["synchronous"])
    assert latencies["synchronous"][-1] > 1000 * latencies["journal"][-1]
    assert picture.stat().st_size > 1000
    assert "8000" in capsys.readouterr().out


@pytest.mark.parametrize("disaster_after", [None, 260, 300, 373])
def test_a_suspended_bank_is_resynchronized_by_difference(disaster_after: int | None, tmp_path: Path) -> None:
    group = GroupSettings(copy_unit=65536, changed_block_bytes=4096)
    path = SimulationSettings(distance_km=300.0, suspend_at=100, resync_at=250, fail_after=disaster_after)
    simulation, summary = run(Scenario(bank(), path, group))
    assert summary.resynchronized_bytes < summary.second_copy_bytes / 4
    assert summary.suspended_ms > 0
    assert summary.consistent or disaster_after is not None
    if summary.consistent:
        assert is_good(simulation, summary, tmp_path)[0]
    if disaster_after is None:
        assert (summary.lost_writes, summary.restored_writes) == (0, WRITES)
        assert summary.inconsistent_ms > 0
        assert summary.resynchronized_bytes > 0


def test_a_disaster_while_resynchronizing_is_answered_not_consistent() -> None:
    answers = []
    for after in (99, 249, 251, 300, 373):
        group = GroupSettings(copy_unit=4096, changed_block_bytes=4096)
        path = SimulationSettings(distance_km=300.0, gbps=0.1, suspend_at=100, resync_at=250, fail_after=after)
        answers.append(run(Scenario(bank(), path, group))[1].consistent)
    assert answers[:3] == [True, True, False]


def test_the_status_of_every_group_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--writes", "50", "--status-ms", "1", "--ungrouped", "--out", str(tmp_path)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if " ms: group " in line]
    assert {line.split(": ")[1].split(",")[0] for line in lines} == {"group 0", "group 1"}
    assert (tmp_path / "status.txt").read_text().splitlines() == lines
