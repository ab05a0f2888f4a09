"""Every field of every event and record in a capture carries weight: change one, and the comparison finds it."""

import json
from itertools import pairwise
from typing import Any

import pytest

from mirrorlog.compare.capture import CaptureError
from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, ReadWriteOutcome, RegisterOutcome
from mirrorlog.processes.command_reception import WRITES, Opcode
from mirrorlog.registers import register_map
from mirrorlog.tables.shared_memory import FullPolicy
from tests.model.reference_driver import CAPACITY, Capture, ReferenceDriver

FOUND = (Difference, CaptureError, EOFError)
SCENARIOS: dict[str, dict[str, Any]] = {
    "plain": {"seed": 16},
    "device errors": {"seed": 14, "error_rate": 0.1},
    "full ring": {"seed": 13, "entries": 4, "policy": FullPolicy.STALL},
}


def make(name: str) -> tuple[Capture, list[bytes]]:
    """Return the capture of a scenario, and its devices' contents at the end."""
    settings = dict(SCENARIOS[name])
    driver = ReferenceDriver(
        settings.pop("seed"),
        settings.pop("policy", FullPolicy.STALL),
        error_rate=settings.pop("error_rate", 0.0),
        largest=4096,
        **settings,
    )
    driver.set_up()
    driver.read_registers()
    for opcode, volume, position, size in (
        (2, 1, 0, 1024),
        (2, 2, 0, 512),
        (2, 3, 512, 4096),
        (1, 1, 0, 2048),
        (3, 1, 0, 0),
    ):
        driver.give(opcode, volume, position, size)
    driver.run(30)
    return driver.end(), [device.image() for device in driver.system.disk_adapter.devices]


def compare(lines: list[str], capture: Capture, images: list[bytes]) -> None:
    """Compare `lines` with the data of `capture`, and the devices' contents at the end; raises one of FOUND."""
    data = capture.reader()
    comparison = Comparison(data.take)
    for part in (lines[:1], lines[1:]):  # the first line has objects in it, without which lines are parsed together
        comparison.follow(part)
    comparison.finish()
    if not data.is_used_up():
        raise EOFError("data left over")
    if [comparison.device_image(1, device) for device in range(len(images))] != images:
        raise EOFError("contents at the end")


def records_of(lines: list[str]) -> dict[int, CommitRecord]:
    """Return the record of each line that holds one."""
    found = {}
    for index, line in enumerate(lines):
        fields = json.loads(line)
        if fields["event"] == "record":
            found[index] = CommitRecord.from_hex(fields["record"])
    return found


def retired_by(lines: list[str]) -> dict[int, CommitRecord]:
    """Return, for each line of a command or register access, the last record that it led to (steps are one by one
    here).
    """
    found: dict[int, CommitRecord] = {}
    waiting: list[int] = []
    for index, line in enumerate(lines):
        fields = json.loads(line)
        if fields["event"] in ("host_command", "register_write", "register_read"):
            waiting.append(index)
        elif fields["event"] == "record":
            record = CommitRecord.from_hex(fields["record"])
            answers_flush = (
                record.outcome == CommandOutcome.FLUSH_ANSWERED and record.process == Process.COMMAND_RECEPTION
            )
            if record.process != Process.READ_WRITE and not answers_flush:
                found[waiting[0]] = record
                if record.process == Process.MAINTENANCE or record.outcome != CommandOutcome.STALLED:
                    waiting.pop(0)
    return found


def in_doubt(lines: list[str]) -> set[int]:
    """Return the lines of read bursts whose device may return anything: it answered with an error, or a volume write of
    the range was on its way to it, at the read's step or later.
    """
    records = records_of(lines)
    reads = {
        index: record
        for index, record in records.items()
        if record[1:3] == (Process.COMMAND_RECEPTION, CommandOutcome.READ_TAKEN)
    }
    written = {
        record.reference: index
        for index, record in records.items()
        if record[1:3] == (Process.COMMAND_RECEPTION, CommandOutcome.WRITTEN)
    }
    done = {record.reference: index for index, record in records.items() if record[1:3] in ((3, 1), (3, 2))}
    writes = [(records[index], index, done.get(order, len(lines))) for order, index in written.items()]
    found = set()
    for index, line in enumerate(lines):
        fields = json.loads(line)
        if fields["event"] != "device_read":
            continue
        burst = range(fields["address"], fields["address"] + fields["bytes"])
        step = max(at for at, record in reads.items() if at < index and _overlaps(record, fields["device"], burst))
        if fields["resp"] or any(
            begin < index and end > step and _overlaps(record, fields["device"], burst) for record, begin, end in writes
        ):
            found.add(index)
    return found


def _overlaps(record: CommitRecord, device: int, burst: range) -> bool:
    """Is a record about bytes of a burst's range? Volume n lies at n * CAPACITY, volumes 3 and 4 on device 1."""
    first = record.volume * CAPACITY + record.position
    on = 1 if record.volume in (3, 4) else 0
    return on == device and first < burst.stop and burst.start < first + record.size


def changed_values(name: str, event: str, value: int) -> list[int]:
    """Return other values that a field could have."""
    if name == "resp":
        return [0 if value else 2]
    if name == "opcode":
        return [Opcode.READ if value in WRITES else Opcode.WRITE]
    if event.startswith("device") and name in ("address", "bytes"):
        return [max(value - 64, 0) if value >= 64 else value + 64, value + 64, value + 4096, value ^ 1]
    if name == "bytes":
        return [value + 64, max(0, value - 64), 0]
    if name in ("position", "size", "address"):
        return [value + 512, value ^ 8]
    if name == "strobe":
        return [value ^ 1]
    return [value + 1, value ^ 2]


def informs(name: str, fields: dict[str, Any], record: CommitRecord | None) -> bool:
    """Is this a field that docs/comparison.md marks as one that only informs, here?"""
    if name == "cycle":
        return True
    if record is None:
        return False
    refused = record.outcome in (CommandOutcome.REFUSED, CommandOutcome.JOURNAL_READ_REFUSED)
    if name == "time":
        return record.creation != Creation.HOST_WRITE_CREATED
    if name == "opcode":
        return refused and fields["size"] == 0
    if name == "data":
        return record.outcome in (RegisterOutcome.NOT_IDLE, RegisterOutcome.HOLE, RegisterOutcome.DOES_NOT_FIT)
    return False


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_changed_event_field_is_found(name: str) -> None:
    capture, images = make(name)
    retired, doubtful = retired_by(capture.lines), in_doubt(capture.lines)
    changes = 0
    for index, line in enumerate(capture.lines):
        fields = json.loads(line)
        if fields["event"] in ("start", "record"):
            continue
        for field, value in fields.items():
            if field == "event" or (field == "crc" and index in doubtful) or informs(field, fields, retired.get(index)):
                continue
            for other in changed_values(field, fields["event"], value):
                lines = list(capture.lines)
                lines[index] = json.dumps(fields | {field: other})
                changes += 1
                with pytest.raises(FOUND):
                    compare(lines, capture, images)
                    pytest.fail(f"line {index + 1}: {fields}: {field} = {other} not found")
    assert changes > 300


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_changed_record_field_is_found_at_its_record(name: str) -> None:
    capture, images = make(name)
    for index, record in records_of(capture.lines).items():
        for field, value in record._asdict().items():
            if field == "cycle":
                continue
            lines = list(capture.lines)
            changed = record._replace(**{field: value ^ 1})
            lines[index] = json.dumps({"event": "record", "system": 1, "record": changed.to_hex()})
            with pytest.raises(FOUND) as found:
                compare(lines, capture, images)
                pytest.fail(f"line {index + 1}: {record}: {field} not found")
            assert isinstance(found.value, Difference)
            assert found.value.fields
            if _informing_read(record) and field == "reference":
                assert found.value.fields[0].name in ("register_response", "reference")
                continue
            assert found.value.line == index + 1
            selects = field in ("process", "outcome", "reference", "group")
            assert selects or field in [found_field.name for found_field in found.value.fields], found.value.report()


def test_every_changed_field_of_the_start_is_found() -> None:
    capture, images = make("plain")
    start = json.loads(capture.lines[0])
    for field in start:
        with pytest.raises(FOUND):
            compare([json.dumps(start | {field: 7}), *capture.lines[1:]], capture, images)
    for field, value in start["systems"][0].items():
        if field in ("commands", "window", "incarnation", "batch_bytes"):  # of packets, which this system does not have
            continue
        others = {
            "data_width": 64 if value == 512 else 512,
            "device_base": value + 4096,
            "first_cycle": value ^ 1 << 40,
        }
        other = others.get(field, value * 2)
        system = start["systems"][0] | {field: other}
        with pytest.raises(FOUND):
            compare([json.dumps(start | {"systems": [system]}), *capture.lines[1:]], capture, images)
            pytest.fail(f"{field} not found")


def test_a_capture_cut_off_after_any_line_is_found() -> None:
    capture, images = make("device errors")
    for count in range(len(capture.lines)):
        with pytest.raises(FOUND):
            compare(capture.lines[:count], capture, images)
            pytest.fail(f"cut off after line {count} not found")


def test_any_missing_or_repeated_line_is_found() -> None:
    capture, images = make("plain")
    lines = capture.lines
    for index in range(len(lines)):
        with pytest.raises(FOUND):
            compare(lines[:index] + lines[index + 1 :], capture, images)
            pytest.fail(f"missing line {index + 1} not found")
        with pytest.raises(FOUND):
            compare(lines[: index + 1] + lines[index:], capture, images)
            pytest.fail(f"repeated line {index + 1} not found")


def test_a_missing_or_repeated_line_is_found_with_its_number_of_events_corrected() -> None:
    capture, images = make("plain")
    lines = capture.lines[:-1]
    end = json.loads(capture.lines[-1])
    for index in range(1, len(lines)):
        for changed in (lines[:index] + lines[index + 1 :], lines[: index + 1] + lines[index:]):
            with pytest.raises(FOUND):
                compare([*changed, json.dumps(end | {"events": len(changed)})], capture, images)
                pytest.fail(f"missing or repeated line {index + 1} not found: {lines[index]}")


@pytest.mark.parametrize("file", ["write_data1", "read_data1", "device1_0", "device1_1"])
def test_any_changed_bit_of_data_that_is_kept_or_returned_is_found(file: str) -> None:
    capture, images = make("plain")
    refused = _refused_bytes(capture) if file == "write_data1" else set()
    size = len(capture.data[file])
    for at in range(0, size, 61):
        if at in refused:
            continue
        capture.data[file][at] ^= 4
        with pytest.raises(FOUND):
            compare(capture.lines, capture, images)
            pytest.fail(f"byte {at} of {file} not found")
        capture.data[file][at] ^= 4
    capture.data[file] += b"x"
    with pytest.raises(EOFError):
        compare(capture.lines, capture, images)


def with_cycle(capture: Capture, index: int, cycle: int) -> list[str]:
    """Return the capture's lines with another cycle in the record of line `index`."""
    record = CommitRecord.from_hex(json.loads(capture.lines[index])["record"])._replace(cycle=cycle)
    changed = json.dumps({"event": "record", "system": 1, "record": record.to_hex()})
    return [*capture.lines[:index], changed, *capture.lines[index + 1 :]]


def test_a_record_cycle_that_does_not_increase_is_found() -> None:
    capture, images = make("plain")
    for (_, before), (index, _) in pairwise(records_of(capture.lines).items()):
        for cycle in (before.cycle - 1, before.cycle):
            with pytest.raises(Difference, match="cycle"):
                compare(with_cycle(capture, index, cycle), capture, images)


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_event_cycle_behind_the_next_event_is_found(name: str) -> None:
    capture, images = make(name)
    events = [index for index, line in enumerate(capture.lines) if "cycle" in json.loads(line)]
    for index, following in list(pairwise(events))[::5]:
        fields = json.loads(capture.lines[index])
        fields["cycle"] = json.loads(capture.lines[following])["cycle"] + 1
        with pytest.raises(Difference, match="cycle"):
            compare([*capture.lines[:index], json.dumps(fields), *capture.lines[index + 1 :]], capture, images)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_record_cycle_behind_the_next_event_is_found(name: str) -> None:
    capture, images = make(name)
    records = records_of(capture.lines)
    for index in records:
        if index + 2 == len(capture.lines):
            continue
        following = records.get(index + 1)
        cycle = json.loads(capture.lines[index + 1])["cycle"] if following is None else following.cycle
        with pytest.raises(Difference, match="cycle"):
            compare(with_cycle(capture, index, cycle + 1), capture, images)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_record_cycle_before_the_event_that_led_to_it_is_found(name: str) -> None:
    capture, images = make(name)
    records = records_of(capture.lines)
    changes = set()
    for index, record in records.items():
        fields = json.loads(capture.lines[index - 1])
        if not led_to(fields, record):
            continue
        before = max((other.cycle for at, other in records.items() if at < index), default=0)
        if fields["cycle"] - 1 <= before:
            continue
        changes.add(fields["event"])
        with pytest.raises(Difference, match="cycle"):
            compare(with_cycle(capture, index, fields["cycle"] - 1), capture, images)
            pytest.fail(f"line {index + 1}: {record} before {fields}")
    needed = {"write_data", "register_write", "register_read"} | ({"device_write"} if name == "plain" else set())
    assert changes >= needed


def led_to(fields: dict[str, Any], record: CommitRecord) -> bool:
    """Did the event just before a record lead to it? (The driver takes one command or access after the other.)"""
    if fields["event"] == "device_write":
        within = fields["address"] - record.volume * CAPACITY - record.position
        outcomes = (ReadWriteOutcome.VOLUME_WRITTEN, ReadWriteOutcome.VOLUME_WRITE_FAILED)
        return record.process == Process.READ_WRITE and record.outcome in outcomes and 0 <= within < record.size
    flush = record.process == Process.COMMAND_RECEPTION and record.outcome == CommandOutcome.FLUSH_ANSWERED
    inputs = ("host_command", "write_data", "register_write", "register_read")
    return fields["event"] in inputs and record.process != Process.READ_WRITE and not flush


def _informing_read(record: CommitRecord) -> bool:
    """Does this record read a register whose data only informs, so that its response must merely agree with it?"""
    informing = (register_map.PARAMETERS, register_map.STATUS, register_map.CYCLE)
    return record.process == Process.MAINTENANCE and record.position in informing


def _refused_bytes(capture: Capture) -> set[int]:
    """Return the places of write data that was drained: nothing depends on its content."""
    places: set[int] = set()
    start = 0
    size = 0
    for line in capture.lines:
        fields = json.loads(line)
        if fields["event"] == "write_data":
            start, size = start + size, fields["bytes"]
        elif fields["event"] == "record":
            record = CommitRecord.from_hex(fields["record"])
            if (
                record.process == Process.COMMAND_RECEPTION
                and record.outcome == CommandOutcome.REFUSED
                and record.received
            ):
                places |= set(range(start, start + size))
    return places
