"""The picture and the figures of a run, from records of two systems that were made up."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from string import Template
from xml.etree import ElementTree

import pytest

from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import (
    CommandOutcome,
    InitialCopyOutcome,
    ReadWriteOutcome,
    ReceptionOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.registers import register_map
from mirrorlog.tables.shared_memory import VolumeState
from tb.report.replication_figures import figures
from tb.report.run_picture import TEMPLATE, main, ticks, write_page
from tb.report.run_series import groups, series
from tb.report.run_trace import RunTrace

ENTRIES, DATA_HEAD, DATA_BYTES = 8, 512, 8192
SIZE = 2048
EMPTY = CommitRecord(1, *[0] * (len(CommitRecord._fields) - 1))
JOURNALS = 40
DELAY, LATENCY = 300, 25


def record(
    system: int, cycle: int, process: Process, outcome: int, created: int, freed: int, **more: int
) -> CommitRecord:
    """A record of group 1 after which journals from `freed` to before `created` are in the ring."""
    entry, data = 64 * ENTRIES, DATA_BYTES
    places = {
        f"update_information_{name}": 64 * number % entry
        for name, number in (("newest", created), ("oldest", freed), ("commit", created))
    } | {
        f"write_data_{name}": DATA_HEAD + SIZE * number % data
        for name, number in (("newest", created), ("oldest", freed), ("commit", created))
    }
    fields = {"process": process, "outcome": outcome, "system": system, "cycle": cycle, "group": 1, "volume": 1}
    fields |= {"update_number": created + 1, "pair_state": 3, "group_state": 1, "volume_state": 2 if system == 1 else 3}
    return EMPTY._replace(**fields | places | more)


def made_up(folder: Path) -> Path:
    """Write a capture: a write every 100 cycles, sent at once, restored DELAY cycles after it was created."""
    lines: list[tuple[int, dict[str, object]]] = []

    def event(cycle: int, event: str, system: int, **fields: int) -> None:
        lines.append((cycle, {"event": event, "system": system, "cycle": cycle} | fields))

    def retire(made: CommitRecord) -> None:
        lines.append((made.cycle, {"event": "record", "system": made.system, "record": made.to_hex()}))

    for system in (1, 2):
        for name, value in (("journal_volume", 4), ("write_data_head", DATA_HEAD)):
            event(1, "register_write", system, address=register_map.group_register(1, name), data=value, strobe=255)
        capacity = register_map.volume_register(4, "capacity")
        event(1, "register_write", system, address=capacity, data=DATA_HEAD + DATA_BYTES, strobe=255)
    for number in range(JOURNALS):
        at = 100 + 100 * number
        freed = max(0, number - 2)
        event(at, "host_command", 1, time=0, opcode=2, tag=number, volume=1, position=0, size=SIZE)
        created = {"creation": Creation.HOST_WRITE_CREATED, "size": SIZE}
        retire(record(1, at + 5, Process.COMMAND_RECEPTION, CommandOutcome.WRITTEN, number + 1, freed, **created))
        event(at + LATENCY, "host_response", 1, tag=number, status=0)
        sent = {"reference": number + 1, "size": 1}
        retire(
            record(1, at + 30, Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.TRANSMITTED, number + 1, freed, **sent)
        )
        event(at + 60, "packet_out", 1, bytes=64 + 64 + SIZE + 64)
        there = {"reference": number + 1, "size": SIZE, "volume_state": VolumeState.SECONDARY}
        retire(record(2, at + 100, Process.JOURNAL_STORE, StoreOutcome.STORED, number + 1, freed, **there))
        for process, outcome, after in (
            (Process.RESTORE, RestoreOutcome.WRITING, 200),
            (Process.READ_WRITE, ReadWriteOutcome.VOLUME_WRITTEN, 305),
            (Process.RESTORE, RestoreOutcome.FREED, 310),
        ):
            retire(
                record(2, at + after, process, outcome, number + 1, number + (outcome == RestoreOutcome.FREED), **there)
            )
    retire(record(1, 200, Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.RETRANSMITTED, 1, 0, reference=1, size=1))
    retire(record(1, 777, Process.COMMAND_RECEPTION, CommandOutcome.STALLED, 6, 4))
    retire(record(1, 60, Process.INITIAL_COPY, InitialCopyOutcome.UNIT_CREATED, 0, 0, size=512))
    lines.sort(key=lambda line: line[0])
    system = {"data_width": 64, "volumes": 8, "pairs": 8, "groups": 4, "devices": 2, "first_cycle": 0}
    start = {"event": "start", "systems": [{"system": number} | system for number in (1, 2)]}
    file = folder / "run.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in [start, *(fields for _, fields in lines)]))
    return file


def test_figures_of_a_run_are_those_of_its_records(tmp_path: Path) -> None:
    """Counts, latencies and the age of what a disaster would have lost."""
    found = figures(RunTrace.read(made_up(tmp_path)), 1, 2)
    utilization = found.pop("path_utilization")
    assert found == {
        "journals_sent": JOURNALS + 1,
        "retries": 1,
        "restored_update_number": JOURNALS,
        "initial_copy_bytes": 512,
        "host_latency_p50": LATENCY,
        "host_latency_p99": LATENCY,
        "host_latency_max": LATENCY,
        "rpo_cycles_max": DELAY,
    }
    assert 2.7 < utilization < 2.9  # 280 beats of 8 bytes every 100 cycles: more than such a path carries


def test_picture_shows_rings_with_their_wraps_numbers_latencies_and_marks(tmp_path: Path) -> None:
    """What is drawn are the records' values."""
    trace = RunTrace.read(made_up(tmp_path))
    assert groups(trace) == [1]
    drawn = series(trace, 1)
    assert [ring.title for ring in drawn.rings] == [
        f"system {number}, {area}" for number in (1, 2) for area in ("update information", "write data")
    ]
    assert [ring.size for ring in drawn.rings] == [DATA_HEAD, DATA_BYTES] * 2
    for ring in drawn.rings:
        assert all(value is None or 0 <= value < ring.size for values in ring.pointers.values() for value in values)
    data = drawn.rings[1]
    assert max(used for used in data.used if used is not None) == 3 * SIZE
    assert {name: values[-1] for name, values in drawn.numbers.items()} == dict.fromkeys(
        ("created", "sent", "stored", "restored"), JOURNALS
    )
    kinds = {(mark.kind, mark.cycle, mark.system) for mark in drawn.marks}
    assert kinds == {("retry", 200, 1), ("stall", 777, 1)}
    assert drawn.latencies and {value for _, value in drawn.latencies} == {LATENCY}


def test_page_of_a_run_stands_alone_and_its_drawing_is_well_formed(tmp_path: Path) -> None:
    """No address of anything outside; every kind of chart is there; facts are escaped."""
    page = tmp_path / "run.html"
    write_page(RunTrace.read(made_up(tmp_path)), page, "a <run>", {"trace": "x&y", "cycles": 12345})
    text = page.read_text()
    assert "a &lt;run&gt;" in text and "x&amp;y" in text and "12,345" in text
    outside = re.findall(r"(?:src|href)=|url\(|@import|https?://[^\"]*", text)
    assert set(outside) <= {"http://www.w3.org/2000/svg"}
    (drawing,) = re.findall(r"<svg.*?</svg>", text, re.S)
    tree = ElementTree.fromstring(drawing)
    names = [element.text for element in tree.iter() if element.get("class") == "name"]
    assert names[:2] == ["events", "update numbers"] and len(names) == 7
    assert "1 journals sent again (1545)" in text and "write waits for room (3)" in text


def test_picture_of_no_capture_is_one_line_of_error(tmp_path: Path, capsys: object) -> None:
    """Exit status 2."""
    with pytest.raises(FileNotFoundError):  # which whoever calls says in a line
        main([str(tmp_path / "none.jsonl"), str(tmp_path / "x.html")])
    assert main([]) == 2


def test_capture_that_breaks_off_is_drawn_as_far_as_it_goes(tmp_path: Path) -> None:
    """A run that was stopped has a picture, too."""
    file = made_up(tmp_path)
    whole = RunTrace.read(file)
    text = file.read_text()
    file.write_text(text[: text.index("\n", text.index('"tag": 20')) + 30])
    half = RunTrace.read(file)
    assert 0 < len(half.systems[1].records) < len(whole.systems[1].records)
    assert any(command.status == -1 for command in half.systems[1].commands)


@pytest.mark.parametrize(
    ("top", "is_bytes", "expected"),
    [
        (107_384, False, [0, 20_000, 40_000, 60_000, 80_000, 100_000]),
        (623, False, [0, 100, 200, 300, 400, 500, 600]),
        (3, False, [0, 1, 2, 3]),
        (0, False, [0]),
        (65_536, True, [0, 8192, 16_384, 24_576, 32_768, 40_960, 49_152, 57_344, 65_536]),
        (4_128_768, True, [0, 524_288, 1_048_576, 1_572_864, 2_097_152, 2_621_440, 3_145_728, 3_670_016]),
    ],
)
def test_values_of_an_axis_are_round(top: int, is_bytes: bool, expected: list[int]) -> None:
    """Tens of 1, 2 or 5; of bytes, powers of two."""
    assert list(ticks(top, 8, is_bytes)) == expected


def test_the_script_of_the_page_has_no_syntax_error(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    page = Template(TEMPLATE.read_text()).substitute(
        title="", subtitle="", facts="", charts="", data="[]", left=1, width=1
    )
    script = tmp_path / "script.js"
    script.write_text(page.partition("<script>")[2].partition("</script>")[0])
    assert subprocess.run([node, "--check", str(script)], check=False).returncode == 0
