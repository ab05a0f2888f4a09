"""The comparison: accepts what the model shows, and finds any change of it."""

import json
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.__main__ import main
from mirrorlog.compare.capture import CaptureError, DataFiles, parse
from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, ReadWriteOutcome, RegisterOutcome
from mirrorlog.formats.serial_number import extended
from mirrorlog.registers import register_map
from mirrorlog.tables.shared_memory import FullPolicy
from tests.model.reference_driver import CAPACITY, Capture, ReferenceDriver, busy_capture

DATA_FILES = ("write_data1", "read_data1", "device1_0", "device1_1")

SCENARIOS: dict[str, dict[str, Any]] = {
    "plain": {"seed": 1},
    "device errors": {"seed": 2, "error_rate": 0.06},
    "stall": {"seed": 3, "entries": 6, "journal_bytes": 6 * 64 + 16384 + 512},
    "suspend": {"seed": 4, "entries": 6, "policy": FullPolicy.SUSPEND},
    "error": {"seed": 5, "entries": 6, "policy": FullPolicy.ERROR},
    "area smaller than a transfer": {"seed": 6, "journal_bytes": 64 * 64 + 4096},
}


def compare(capture: Capture) -> Comparison:
    """Compare a whole capture; raises what the comparison raises."""
    data = capture.reader()
    comparison = Comparison(data.take)
    for line in capture.lines:
        assert comparison.feed(line)
    comparison.finish()
    if not data.is_used_up():
        raise EOFError("data left over")
    return comparison


def outcomes(capture: Capture) -> Counter[tuple[int, int, int]]:
    """Count the (process, outcome, creation) of a capture's records."""
    found: Counter[tuple[int, int, int]] = Counter()
    for line in capture.lines:
        fields = json.loads(line)
        if fields["event"] == "record":
            record = CommitRecord.from_hex(fields["record"])
            found[record.process, record.outcome, record.creation] += 1
    return found


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("offset", range(0, 60, 10))
def test_comparison_accepts_a_capture_and_predicts_the_devices(name: str, offset: int) -> None:
    settings = SCENARIOS[name] | {"seed": SCENARIOS[name]["seed"] + offset, "steps": 400}
    capture, system = busy_capture(**settings)
    comparison = compare(capture)
    for device in (0, 1):
        assert comparison.device_image(1, device) == system.disk_adapter.devices[device].image()


def test_the_captures_reach_every_exit() -> None:
    found: Counter[tuple[int, int, int]] = Counter()
    for settings in SCENARIOS.values():
        for offset in range(0, 60, 10):
            found += outcomes(busy_capture(**(settings | {"seed": settings["seed"] + offset, "steps": 400}))[0])
    commands = Process.COMMAND_RECEPTION
    exits = {(Process.MAINTENANCE, outcome, 0) for outcome in RegisterOutcome}
    exits |= {(Process.READ_WRITE, outcome, 0) for outcome in ReadWriteOutcome}
    exits |= {
        (commands, CommandOutcome.WRITTEN, creation) for creation in {*Creation} - {Creation.INITIAL_COPY_CREATED}
    }
    full = (CommandOutcome.REFUSED, CommandOutcome.STALLED)
    exits |= {(commands, outcome, Creation.NO_ROOM) for outcome in full}
    others = {CommandOutcome.WRITTEN, CommandOutcome.STALLED, CommandOutcome.FORWARDED}
    exits |= {(commands, outcome, 0) for outcome in {*CommandOutcome} - others}
    assert exits - found.keys() == set()


def written_out(folder: Path, capture: Capture) -> Path:
    """Write a capture and its data files into a folder."""
    path = folder / "run.jsonl"
    path.write_text("".join(line + "\n" for line in capture.lines), encoding="ascii")
    for name, data in capture.data.items():
        path.with_suffix("." + name).write_bytes(data)
    return path


def test_the_command_accepts_an_equal_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written_out(tmp_path, busy_capture(8)[0])
    assert main(["compare", str(path)]) == 0
    assert "equal" in capsys.readouterr().out


def test_the_command_reports_a_difference_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture, _ = busy_capture(8)
    index, record = next(
        (index, record)
        for index, line in enumerate(capture.lines)
        if json.loads(line)["event"] == "record"
        for record in [CommitRecord.from_hex(json.loads(line)["record"])]
        if record.creation == Creation.HOST_WRITE_CREATED
    )
    changed = record._replace(write_data_newest=record.write_data_newest + 64)
    capture.lines[index] = json.dumps({"event": "record", "system": 1, "record": changed.to_hex()})
    path = written_out(tmp_path, capture)
    assert main(["compare", str(path), "--last", "3"]) == 1
    report = capsys.readouterr().out
    assert f"line {index + 1}" in report
    assert "command reception" in report
    assert f"write_data_newest: expected {record.write_data_newest}, is {changed.write_data_newest}" in report
    assert "last records:" in report
    assert "<--" in report


def test_a_missing_data_file_is_refused_unless_state_alone_is_to_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written_out(tmp_path, busy_capture(8)[0])
    for name in DATA_FILES:
        path.with_suffix("." + name).unlink()
    assert main(["compare", str(path)]) == 2
    said = capsys.readouterr().err
    assert "is not there" in said and "--state-only" in said and said.count("\n") == 1
    assert main(["compare", str(path), "--state-only"]) == 0
    said = capsys.readouterr().out
    assert all(f"run.{name}: not there" in said for name in DATA_FILES)


@pytest.mark.parametrize("name", DATA_FILES)
@pytest.mark.parametrize("change", ["short", "long"])
def test_a_data_file_of_wrong_length_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, change: str
) -> None:
    path = written_out(tmp_path, busy_capture(8)[0])
    file = path.with_suffix("." + name)
    data = file.read_bytes()
    file.write_bytes(data[:-1] if change == "short" else data + b"x")
    assert main(["compare", str(path)]) == 2
    said = capsys.readouterr().err
    assert f"run.{name}: too {change}" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("no json", "is no JSON"),
        ('{"event": "explosion", "system": 1}', "field event"),
        ('{"event": "write_data", "system": 1, "cycle": 3}', "field bytes is missing"),
        ('{"event": "write_data", "system": 1, "cycle": 3, "bytes": -1}', "field bytes"),
        ('{"event": "write_data", "system": 1, "cycle": 3, "bytes": true}', "field bytes"),
        ('{"event": "write_data", "system": 1, "cycle": 3, "bytes": 1, "more": 1}', "field more is unknown"),
        ('{"event": "write_data", "system": 1, "cycle": 3, "bytes": 1, "tag": 1}', "field tag is unknown"),
        ('{"event": "read_data", "system": 1, "cycle": 3, "bytes": 1, "tag": 65536}', "field tag: 65536 is no number"),
        ('{"event": "read_data", "system": 1, "cycle": 3, "bytes": 1, "more": 1}', "field more is unknown"),
        ('{"event": "record", "system": 1, "record": "00"}', "256 hex digits"),
        ('{"event": "record", "system": 1, "record": 5}', "field record: fromhex() argument must be str"),
        ('{"event": "record", "system": 1}', "field record is missing"),
        ('{"event": "start", "format": "mirrorlog capture", "version": 3, "systems": []}', "second start"),
    ],
)
def test_a_malformed_line_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    capture, _ = busy_capture(8)
    capture.lines.insert(20, line)
    path = written_out(tmp_path, capture)
    assert main(["compare", str(path)]) == 2
    said = capsys.readouterr().err
    assert "line 21" in said
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "lines",
    [
        ['{"cycle": [1', "2], ", '{"a": 1},{"a": 1},{"a": 1}'],
        ['{"cycle": [{}', '{}], "cycle": 1}', '{"a": 1},{"a": 1}'],
        ['{"record": "}', '{", "record": 1}', '{"a": 1},{"a": 1}'],
        ['{"cycle": [', '{"a": 1}], "cycle": 1}, 7'],
        ['{"a": 1}', '{"a": 1}, 7'],
        ['{"a": 1}, 7', "{"],
        ['{"a": 1}', "7"],
        ['{"a": 1}', '["{"]'],
    ],
)
def test_lines_are_not_taken_for_objects_that_only_several_of_them_are(lines: list[str]) -> None:
    assert parse(lines) is None


def test_lines_that_are_objects_are_parsed_together() -> None:
    assert parse(['{"a": [1, 2]}\n', '{"b": "}]"}\n']) == [{"a": [1, 2]}, {"b": "}]"}]


def test_a_difference_in_the_middle_of_a_batch_is_the_same_as_line_by_line() -> None:
    capture, _ = busy_capture(9)
    index = next(index for index, line in enumerate(capture.lines) if index > 100 and '"host_response"' in line)
    for changed in (capture.lines[index].replace('"tag": ', '"tag": 9'), "no json"):
        lines = [*capture.lines[:index], changed, *capture.lines[index + 1 :]]
        said = []
        for size in (1, 7, len(lines)):
            comparison = Comparison(capture.reader().take)
            with pytest.raises((Difference, CaptureError)) as found:
                for at in range(0, len(lines), size):
                    assert comparison.follow(lines[at : at + size]) == len(lines[at : at + size])
            said.append(found.value.report() if isinstance(found.value, Difference) else str(found.value))
        assert len(set(said)) == 1
        assert f"line {index + 1}" in said[0]


def test_an_older_capture_is_refused_with_both_versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture, _ = busy_capture(8)
    capture.lines[0] = capture.lines[0].replace('"version": 3', '"version": 2')
    assert main(["compare", str(written_out(tmp_path, capture))]) == 2
    assert "field version: is 2, expected 3" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["device_base", "first_cycle", "incarnation"])
def test_a_start_without_what_a_system_starts_from_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    capture, _ = busy_capture(8)
    start = json.loads(capture.lines[0])
    for value, words in ((-1, f"field {name}: -1 is no number from 0"), (None, f"field {name} is missing")):
        start["systems"][0][name] = value
        if value is None:
            del start["systems"][0][name]
        capture.lines[0] = json.dumps(start)
        assert main(["compare", str(written_out(tmp_path, capture))]) == 2
        assert words in capsys.readouterr().err


def test_a_start_says_how_many_bits_addresses_have() -> None:
    """48 if it does not; a volume with a larger place is a difference then."""
    capture, _ = busy_capture(8)
    start = json.loads(capture.lines[0])
    del start["systems"][0]["address_bits"]
    capture.lines[0] = json.dumps(start)
    compare(capture)
    start["systems"][0]["address_bits"] = 16
    capture.lines[0] = json.dumps(start)
    with pytest.raises(Difference):
        compare(capture)


def test_a_device_that_returns_what_it_does_not_hold_is_told_from_a_system_that_does() -> None:
    driver = ReferenceDriver(6)
    driver.set_up()
    driver.give(2, 3, 4096, 1024)
    driver.drain()
    driver.give(1, 3, 4096, 1024)
    driver.drain()
    driver.read_registers()
    capture = driver.end()
    compare(capture)
    index = next(index for index, line in enumerate(capture.lines) if json.loads(line)["event"] == "device_read")
    fields = json.loads(capture.lines[index])
    capture.lines[index] = json.dumps(fields | {"crc": fields["crc"] ^ 1})
    with pytest.raises(Difference, match=r"device_read.crc: .* the device returned something else"):
        compare(capture)


def test_a_system_that_starts_late_and_whose_devices_lie_high_is_followed() -> None:
    """Its cycles, and what its devices held before."""
    base, first = 1 << 40, 1 << 47
    driver = ReferenceDriver(3)
    image = bytes(range(256)) * 1024
    start = json.loads(driver.capture.lines[0])
    start["systems"][0] |= {"device_base": base, "first_cycle": first}
    driver.capture.lines[0] = json.dumps(start)
    for devices in (driver.system.disk_adapter.devices, driver.devices):
        devices[1].write(base, image)
    driver.cycle = first
    driver.set_up()
    driver.write_register(register_map.volume_register(3, "offset"), base + 3 * CAPACITY)
    driver.give(1, 3, 512, 1024)
    driver.drain()
    capture = driver.end()
    comparison = Comparison(capture.reader().take, {(1, 1): image})
    for line in capture.lines:
        comparison.feed(line)
    comparison.finish()
    assert comparison.device_image(1, 1)[: len(image)] == image
    start["systems"][0]["first_cycle"] = first + 10
    with pytest.raises(Difference, match="cycle"):
        compare(Capture([json.dumps(start), *capture.lines[1:]], capture.data))


def reset_capture(seed: int) -> tuple[Capture, ReferenceDriver, int]:
    """Return a capture with a reset in the middle of traffic, what made it, and the place of the reset's line."""
    driver = ReferenceDriver(seed)
    driver.set_up()
    driver.take(80)
    at = len(driver.capture.lines)
    driver.reset()
    driver.set_up()
    driver.read_registers()
    driver.run(80)
    return driver.end(), driver, at


@pytest.mark.parametrize("seed", range(8))
def test_a_system_that_is_reset_begins_anew_and_its_devices_keep_what_they_hold(seed: int) -> None:
    """Whatever was in flight is gone; bursts that a device had answered are carried out, recorded or not."""
    capture, driver, at = reset_capture(seed)
    comparison = compare(capture)
    for number, device in enumerate(driver.devices):
        assert comparison.device_image(1, number, device.end()) == device.image()
    forgotten = Capture(capture.lines[:at] + capture.lines[at + 1 :], capture.data)
    with pytest.raises((Difference, EOFError)):
        compare(forgotten)


@pytest.mark.parametrize("where", ["over a volume", "beyond all volumes", "beyond, as its record may be cut off"])
def test_a_write_that_nothing_asked_for_is_found_before_a_reset_too(where: str) -> None:
    """One whose bytes no write has, or that lies in no volume."""
    capture, _, at = reset_capture(1)
    lines = [json.loads(line) for line in capture.lines[:at]]
    last = next(fields for fields in reversed(lines) if fields["event"] == "device_write" and fields["device"] == 0)
    cycle = next(fields["cycle"] for fields in reversed(lines) if "cycle" in fields)
    record = next(fields["record"] for fields in reversed(lines) if fields["event"] == "record")
    recorded = extended(CommitRecord.from_hex(record).cycle, cycle)
    if where == "beyond, as its record may be cut off":
        stray = last | {"cycle": max(cycle, recorded + 1)}
    else:
        stray = last | {"cycle": recorded}
        at = next(index for index, fields in enumerate(lines) if fields.get("record") == record) + 1
    if where != "over a volume":
        stray["address"] = 1 << 30
    data = {name: bytearray(content) for name, content in capture.data.items()}
    place = sum(f["bytes"] for f in lines[:at] if f["event"] == "device_write" and f["device"] == 0)
    data["device1_0"][place:place] = b"\xee" * stray["bytes"]
    with pytest.raises(Difference, match="a part of a write that is not done"):
        compare(Capture([*capture.lines[:at], json.dumps(stray), *capture.lines[at:]], data))


def test_what_comes_after_a_reset_for_what_was_before_is_a_difference() -> None:
    """A response to a command that was lost."""
    capture, _, at = reset_capture(1)
    lines = [json.loads(line) for line in capture.lines]
    command = next(fields for fields in lines if fields["event"] == "host_command")
    cycle = lines[at]["first_cycle"]
    late = {"event": "host_response", "system": 1, "cycle": cycle, "tag": command["tag"], "status": 0}
    with pytest.raises(Difference, match=r"host_response.tag"):
        compare(Capture([*capture.lines[: at + 1], json.dumps(late)], capture.data))


@pytest.mark.parametrize(("field", "value"), [("devices", [0]), ("devices", 0), ("devices", [0, -1]), ("path_in", "x")])
def test_a_reset_that_does_not_say_what_was_cut_off_is_refused(field: str, value: object) -> None:
    """A number for each data file."""
    capture, _, at = reset_capture(1)
    line = json.dumps(json.loads(capture.lines[at]) | {field: value})
    with pytest.raises((Difference, CaptureError), match=rf"{field}"):
        compare(Capture([*capture.lines[:at], line], capture.data))


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path / "none.jsonl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_capture_without_records_is_a_difference() -> None:
    capture = ReferenceDriver(1).end()
    with pytest.raises(Difference, match="at least one"):
        compare(capture)
    with pytest.raises(Difference, match="empty"):
        Comparison(capture.reader().take).finish()


def test_a_comparison_follows_files_while_they_grow(tmp_path: Path) -> None:
    capture, system = busy_capture(21, steps=200)
    path = tmp_path / "run.jsonl"
    files = {name: path.with_suffix("." + name) for name in capture.data}
    reader = DataFiles(path, growing=True)
    comparison = Comparison(reader.take)
    waits = 0
    shown = dict.fromkeys(files, 0)
    lines = list(capture.lines)
    while lines:
        del lines[: comparison.follow(lines[:50])]
        waits += 1
        for name, file in files.items():
            shown[name] += 700
            file.write_bytes(capture.data[name][: shown[name]])
    comparison.finish()
    reader.close()
    assert waits > 10
    assert comparison.device_image(1, 0) == system.disk_adapter.devices[0].image()


def test_contents_from_before_the_start_are_read_back() -> None:
    driver = ReferenceDriver(3)
    image = bytes(range(256)) * 1024
    for devices in (driver.system.disk_adapter.devices, driver.devices):
        devices[1].write(0, image)
    driver.set_up()
    driver.give(1, 3, 512, 1024)
    driver.drain()
    capture = driver.end()
    data = capture.reader()
    comparison = Comparison(data.take, {(1, 1): image})
    for line in capture.lines:
        comparison.feed(line)
    comparison.finish()
    with pytest.raises(Difference, match=r"device_read.crc"):
        compare(capture)


def test_a_system_that_misreads_a_position_and_reports_what_it_misread_is_found() -> None:
    driver = ReferenceDriver(4)
    driver.set_up()
    driver.give(2, 1, 0, 512)
    lines = driver.capture.lines
    index = next(index for index, line in enumerate(lines) if json.loads(line)["event"] == "host_command")
    command = json.loads(lines[index])
    lines[index] = json.dumps(command | {"position": command["position"] + 4096})
    with pytest.raises(Difference, match="position"):
        compare(driver.capture)


def test_an_overlapping_write_done_before_the_older_one_is_found() -> None:
    driver = ReferenceDriver(4)
    driver.set_up()
    driver.give(2, 3, 0, 512)
    driver.give(2, 3, 0, 512)
    driver.drain()
    capture = driver.end()
    compare(capture)
    # the same, with the second write done first
    lines = capture.lines
    first, second = (index for index, line in enumerate(lines) if json.loads(line)["event"] == "device_write")
    records = [CommitRecord.from_hex(json.loads(lines[index + 1])["record"]) for index in (first, second)]
    assert [record.reference for record in records] == [1, 2]
    for index, record, other in zip((first, second), records, reversed(records), strict=True):
        changed = other._replace(cycle=record.cycle)
        lines[index + 1] = json.dumps({"event": "record", "system": 1, "record": changed.to_hex()})
    data = capture.data["device1_1"]
    capture.data["device1_1"] = data[512:] + data[:512]
    with pytest.raises(Difference, match="before the older write 1 to the same blocks"):
        compare(capture)


def test_several_systems_in_one_capture_are_followed_side_by_side() -> None:
    captures = (busy_capture(31)[0], busy_capture(32, system=2)[0])
    start, other = (json.loads(capture.lines[0]) for capture in captures)
    start["systems"] += other["systems"]
    merged = Capture([json.dumps(start)], captures[0].data | captures[1].data)
    for lines in zip_longest(captures[0].lines[1:-1], captures[1].lines[1:-1]):
        merged.lines += [line for line in lines if line is not None]
    merged.lines.append(json.dumps({"event": "end", "events": len(merged.lines)}))
    compare(merged)
    swapped = merged.lines[200].replace('"system": 1', '"system": 3').replace('"system": 2', '"system": 3')
    merged.lines[200] = swapped
    with pytest.raises(Difference, match="system"):
        compare(merged)


@pytest.mark.parametrize(
    ("tags", "data_too", "difference"),
    [
        ("as the answers", True, ""),
        ("as the answers", False, "read_data: "),
        ("as the commands", True, "read_data.tag: "),
        ("none", True, ""),
        ("none", False, "read_data: "),
    ],
)
def test_reads_are_answered_in_any_order_and_their_data_comes_in_that_of_the_answers(
    tags: str, data_too: bool, difference: str
) -> None:
    """Packets of read data have the tags of their commands, if the capture tells them."""
    driver = ReferenceDriver(4)
    driver.set_up()
    driver.give(2, 3, 0, 512)
    driver.give(2, 3, 512, 512)
    driver.drain()
    driver.give(1, 3, 0, 512)
    driver.give(1, 3, 512, 512)
    driver.drain()
    capture = driver.end()
    compare(capture)
    # the same, with the second read answered first
    lines = capture.lines
    events = [json.loads(line) for line in lines]
    reads = {event["tag"] for event in events if event["event"] == "host_command" and event["opcode"] == 1}
    first, second = (
        index for index, event in enumerate(events) if event["event"] == "host_response" and event["tag"] in reads
    )
    packets = [index for index, event in enumerate(events) if event["event"] == "read_data"]
    for index, other in ((first, second), (second, first)):
        lines[index] = json.dumps(events[index] | {"tag": events[other]["tag"]})
    for index, other in (packets, packets[::-1]):
        told = {"as the answers": {"tag": events[other]["tag"]}, "as the commands": {"tag": events[index]["tag"]}}
        fields = {name: value for name, value in events[index].items() if name != "tag"}
        lines[index] = json.dumps(fields | told.get(tags, {}))
    if data_too:
        data = capture.data["read_data1"]
        assert data[:512] != data[512:] and len(data) == 1024
        capture.data["read_data1"] = data[512:] + data[:512]
    if difference:
        with pytest.raises(Difference, match=difference):
            compare(capture)
    else:
        compare(capture)
