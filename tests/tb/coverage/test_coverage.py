"""Functional coverage: what is sampled from a capture, what became of packets, and how runs are added up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cocotb_coverage.coverage import coverage_db

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.speed.capture import HostCapture
from mirrorlog.systems.topology import finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NoRoom, ReadMode
from mirrorlog.tables.shared_memory import FullPolicy
from tb.coverage import merged, words
from tb.coverage.packets import Direction
from tb.coverage.system import SampledSystem
from tests.model.steps import pair_of_systems
from tools.sources import ROOT

WRITES = 20


def coverage(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: the points count all that theirs has sampled."""
    command = [sys.executable, "-m", "tb.coverage", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The coverage of an original system in which each block is written, journaled and read again."""
    folder = tmp_path_factory.mktemp("coverage")
    written = HostCapture(WRITES)
    (folder / "run.jsonl").write_text("".join(line if line.endswith("\n") else f"{line}\n" for line in written.lines))
    for name, data in written.data.items():
        (folder / f"run.{name}").write_bytes(data)
    done = coverage(folder / "run.jsonl", "--out", folder / "run.yaml", "--json", folder / "run.json")
    assert done.returncode == 0, done.stderr
    assert "host.read" in done.stdout
    return folder


def hits(path: Path) -> dict[str, dict[str, int]]:
    """Return the bins of each point of a coverage file that were hit."""
    return {point.name: {bin: count for bin, count in point.hits.items() if count} for point in merged.points_of(path)}


def test_steps_of_a_capture_are_sampled(sampled):
    found = hits(sampled / "run.yaml")
    assert found["steps.creation"] == {"host write: host write created": WRITES}
    assert found["host.write"] == {"overlaps none": WRITES}
    assert sum(found["host.read"].values()) == WRITES
    assert found["steps.exit"]["command reception 1280: write in cache"] == WRITES
    assert found["steps.exit"]["read write 3: journal durable"] == WRITES
    assert found["steps.status"] == {"ok": 2 * WRITES}
    # the group was started as neither side of a replication
    assert found["journal.placed"] == {}
    assert found["path.packet"] == {}
    assert "never  ('journals', 'lost')" in coverage(sampled / "run.yaml", "--out", sampled / "again.yaml").stdout


def test_the_report_gets_all_points_with_their_bins(sampled):
    groups = json.loads((sampled / "run.json").read_text())["groups"]
    assert groups["steps.creation"]["bins"]["host write: host write created"] == WRITES
    assert groups["restore.overlap"]["bins"] == {"overlaps one before it": 0, "overlaps none": 0}


def test_runs_are_added_up(sampled):
    files = [sampled / "run.yaml"] * 3
    done = coverage(*files, "--out", sampled / "sum.yaml")
    assert done.returncode == 0, done.stderr
    once, thrice = hits(sampled / "run.yaml"), hits(sampled / "sum.yaml")
    assert thrice == {name: {bin: 3 * count for bin, count in bins.items()} for name, bins in once.items()}


def test_a_file_that_is_no_coverage_of_these_points_is_refused(sampled):
    text = sampled.joinpath("run.yaml").read_text()
    assert "waits for writes" in text
    for name, changed, said in (
        ("empty", "", "no coverage file"),
        ("damaged", "{[", "no coverage file"),
        ("words", text.replace(": 0\n", ": abc\n"), "'abc' is no number of hits"),
        ("negative", text.replace(": 0\n", ": -1\n"), "'-1' is no number of hits"),
        ("no_sizes", text.replace("  size: 2\n", ""), "has no 'size'"),
        ("other", text.replace("waits for writes", "waits"), "of other coverage points, see host.flush"),
    ):
        path = sampled / f"{name}.yaml"
        path.write_text(changed)
        done = coverage(path, "--out", sampled / "refused.yaml")
        assert (done.returncode, done.stdout) == (2, ""), name
        assert done.stderr.startswith("error: ")
        assert str(path) in done.stderr
        assert said in done.stderr


def test_an_input_may_be_the_output_and_what_cannot_be_read_changes_nothing(sampled, tmp_path):
    """All is read before anything is written."""
    text = sampled.joinpath("run.yaml").read_text()
    good, cut, made = (tmp_path / name for name in ("good.yaml", "cut.yaml", "made.yaml"))
    good.write_text(text)
    cut.write_text(text[: len(text) // 2])
    assert coverage(good, "--out", good).returncode == 0
    assert hits(good) == hits(sampled / "run.yaml")
    before = good.read_bytes()
    for given, out in ((cut, good), (tmp_path / "nosuch.yaml", made), (tmp_path / "nosuch.jsonl", good)):
        done = coverage(good, given, "--out", out)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert str(given) in done.stderr
    assert good.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.yaml", "good.yaml"]
    both = coverage(sampled / "run.jsonl", good, "--out", good)
    assert both.returncode == 0, both.stderr
    assert hits(good)["host.write"] == {"overlaps none": 2 * WRITES}


def test_a_mistake_is_one_line_that_names_the_file(sampled, tmp_path):
    run, out = sampled / "run.yaml", tmp_path / "out.yaml"
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "capture.json").write_bytes(b"\xff")
    for given, said in (
        ((run, "--out", "/nonexistent/x.yaml"), "'/nonexistent/x.yaml' is in a folder that is not there"),
        ((run, "--out", out, "--json", "/nonexistent/x.json"), "'/nonexistent/x.json' is in a folder"),
        ((run, "--out", tmp_path / "out.jsonl"), "out.jsonl' does not end in .yaml"),
        ((tmp_path / "empty.jsonl", "--out", out), "empty.jsonl: has no start"),
        ((tmp_path / "capture.json", "--out", out, "--json", tmp_path / "capture.json"), "capture.json: is one of"),
        ((tmp_path / "capture.json", "--out", out), "capture.json: 'ascii' codec"),
        ((tmp_path, "--out", out), f"{tmp_path}: Is a directory"),
        ((run, "--out", f"{'x' * 300}.yaml"), "File name too long"),
    ):
        done = coverage(*given)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert done.stderr.startswith("error: ") and said in done.stderr
    assert not out.exists()


def test_a_capture_that_differs_is_refused(sampled):
    lines = sampled.joinpath("run.jsonl").read_text().splitlines(keepends=True)
    index = next(i for i, line in enumerate(lines) if "host_response" in line)
    (sampled / "bad.jsonl").write_text("".join(lines[:index] + lines[index + 1 :]))
    for data in sampled.glob("run.*1*"):
        data.with_stem("bad").write_bytes(data.read_bytes())
    done = coverage(sampled / "bad.jsonl", "--out", sampled / "bad.yaml")
    assert done.returncode == 2
    assert "bad.jsonl" in done.stderr
    assert not (sampled / "bad.yaml").exists()


def test_what_cannot_be_met_is_a_bin_of_its_point():
    points = yaml.safe_load(merged.EXPLAINED.read_text()) or {}
    bins = {name: {str(bin) for bin in found} for name, found in merged.bins().items()}
    for name, explained in points.items():
        assert explained.keys() <= bins[name], name
        assert all(len(reason.split()) > 3 for reason in explained.values()), name


def packed(tag: int, kind: PacketType = PacketType.NO_JOURNAL) -> bytes:
    """Return a packet."""
    return Packet(kind, 1, 2, 0, 0, tag=tag).pack()


@pytest.mark.parametrize(
    ("arrivals", "told"),
    [
        ([0, 1, 2], ["whole", "whole", "whole"]),
        ([0, 2], ["whole", "whole", "lost"]),
        ([1, 0, 2], ["whole", "overtaken", "whole"]),
        ([0, 0, 1, 2], ["whole", "doubled", "whole", "whole"]),
        (["damaged", 1, 2], ["damaged", "whole", "whole"]),
        ([], ["lost", "lost", "lost"]),
        (["put in", 0, 1, 2], ["whole", "whole", "whole"]),
    ],
)
def test_what_became_of_each_packet_is_told(arrivals, told):
    found: list[tuple[str, str]] = []
    direction = Direction(lambda kind, fault: found.append((kind, fault)))
    sent = [packed(tag) for tag in (7, 8, 9)]
    for packet in sent:
        direction.send(packet)
    others = {"damaged": bytes([*sent[0][:20], sent[0][20] ^ 1, *sent[0][21:]]), "put in": packed(10)}
    for arrival in arrivals:
        direction.arrive(others.get(arrival) or sent[arrival])
    direction.end()
    assert found == [("NO_JOURNAL", fault) for fault in told]


def test_discards_are_sampled_on_their_way_from_a_host_to_the_secondary_volume():
    """Each step on both sides; one of a command that finds no room, too."""
    topology = pair_of_systems(GroupSettings(copy_unit=4096))
    original, secondary = topology.original(0), topology.secondary(0)
    sampled = [SampledSystem(original), SampledSystem(secondary)]
    before = {name: dict(coverage_db[name].detailed_coverage) for name in coverage_db if name.startswith("discard.")}

    def took(at: int, step: Step | None) -> Step:
        assert step is not None
        sampled[at].step(sampled[at].model.record(step, 0))
        return step

    took(0, original.command_reception.receive(HostCommand(Opcode.DISCARD, 7, 1, 3584, 1024), b""))
    finish_device_writes(original)
    command = secondary.journal_read_command.poll(0, 0)
    assert command is not None
    took(0, original.journal_read_reception.receive(command, 0))
    reading = original.journal_read_reception.groups[0].readings[-1]
    packet = took(0, original.journal_read_reception.read(reading)).packet
    took(1, secondary.journal_store.store(0, packet.journals[0], packet.tag))
    finish_device_writes(secondary)
    took(1, secondary.restore.scan(0))
    took(1, secondary.restore.write(0))
    original.shared.groups[0].full_policy = FullPolicy.ERROR
    original.shared.groups[0].ring.update_information_area = UPDATE_INFORMATION_BYTES
    took(0, original.command_reception.receive(HostCommand(Opcode.DISCARD, 8, 1, 0, 512), b""))
    found = {
        name: {bin for bin, count in coverage_db[name].detailed_coverage.items() if count > hits[bin]}
        for name, hits in before.items()
    }
    assert found["discard.creation"] == {"host write created", "no room"}
    assert found["discard.full"] == {"error"}
    assert found["discard.written"] == {"in several pages"}
    assert found["discard.placed"] == {("original", "another entry"), ("secondary", "another entry")}
    assert found["discard.ring"] == {("original", "not full"), ("secondary", "not full")}
    assert found["discard.sent"] == {("discards alone", "first time")}
    assert found["discard.restored"] == {("overlaps none", "between")}
    assert found["discard.copy"] == found["discard.overlap"] == set()


def test_numbers_become_the_bins_of_their_points():
    assert [words.occupancy(used, 8) for used in (0, 1, 2, 6, 7, 8)] == [
        "empty", "one", "between", "between", "one free", "full",
    ]  # fmt: skip
    # an area of four entries behind 512 bytes
    assert [words.place(old, new, 512, 256, 64) for old, new in ((576, 640), (640, 704), (704, 512), (704, 576))] == [
        "", "before the end", "back at the head", "past the end",
    ]  # fmt: skip
    assert [words.against(start, start + 10, 20) for start in (5, 10, 15, 20, 25)] == [
        "below", "up to it", "straddling", "from it on", "above",
    ]  # fmt: skip
    assert [words.carry(old, old + 1) for old in (254, 255, (1 << 16) - 1, (1 << 32) - 1)] == [
        "", "8 to 15", "16 to 31", "32 and up",
    ]  # fmt: skip
    assert [words.batch(count) for count in (1, 2, 7, 8, 63, 64)] == [
        "1", "2 to 7", "2 to 7", "8 to 63", "8 to 63", "64",
    ]  # fmt: skip
    assert [words.strobes(strobe) for strobe in (0xFF, 0x0F, 0)] == ["all bytes", "some bytes", "no byte"]
    assert [words.few(count, 3) for count in (1, 2, 3)] == ["one", "some", "all"]
    plain = (
        GroupSettings(mode=ReadMode.PLAIN, commands=1),
        GroupSettings(mode=ReadMode.PLAIN, commands=1, retry=False, no_room=NoRoom.HOLD),
    )
    assert [words.asking(one) for one in (GroupSettings(mode=ReadMode.BY_NUMBER), *plain)] == [
        "by number", "plain", "plain, once",
    ]  # fmt: skip
