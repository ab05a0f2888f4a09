"""Functional coverage: what is sampled from a capture, what became of packets, and how runs are added up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.speed.capture import HostCapture
from tb.coverage import merged, words
from tb.coverage.packets import Direction
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
    assert "overlaps none" in text
    for name, changed, said in (
        ("empty", "", "no coverage file"),
        ("damaged", "{[", "no coverage file"),
        ("other", text.replace("overlaps none", "overlaps nothing"), "of other coverage points, see host.write"),
    ):
        path = sampled / f"{name}.yaml"
        path.write_text(changed)
        done = coverage(path, "--out", sampled / "refused.yaml")
        assert (done.returncode, done.stdout) == (2, ""), name
        assert done.stderr.startswith("error: ")
        assert str(path) in done.stderr
        assert said in done.stderr


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
    ],
)
def test_what_became_of_each_packet_is_told(arrivals, told):
    found: list[tuple[str, str]] = []
    direction = Direction(lambda kind, fault: found.append((kind, fault)))
    sent = [packed(tag) for tag in (7, 8, 9)]
    for packet in sent:
        direction.send(packet)
    for arrival in arrivals:
        direction.arrive(
            bytes([*sent[0][:20], sent[0][20] ^ 1, *sent[0][21:]]) if arrival == "damaged" else sent[arrival]
        )
    direction.end()
    assert found == [("NO_JOURNAL", fault) for fault in told]


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
    assert [words.few(count, 3) for count in (1, 2, 3)] == ["one", "some", "all"]
