"""The comparison of two systems that replicate: it accepts what the model shows, and finds any change of it."""

import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from mirrorlog.compare.capture import CaptureError
from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.connection_path import Packet, PacketError
from mirrorlog.formats.outcomes import (
    AnnouncementOutcome,
    InitialCopyOutcome,
    OperationOutcome,
    ReadCommandOutcome,
    ReceptionOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.processes.maintenance import Operation
from mirrorlog.tables.shared_memory import Reason
from tests.model.captures import Capture
from tests.model.replication_driver import GROUP, VOLUMES, Faults
from tests.model.two_systems import TwoSystems

FAILED_READS = {
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL),
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.DATA_READ_FAILED),
    (Process.RESTORE, RestoreOutcome.READ_FAILED),
}
FOUND = (Difference, CaptureError, EOFError)
PLAIN = {"read_mode": 1, "commands": 1}
BAD_PATH = Faults(0.03, 0.05, 0.03, 0.1)
SMALL = {"journal_bytes": (32 * 64 + 8192, 32 * 64 + 6144)}
SCENARIOS: dict[str, tuple[Faults, dict[str, Any]]] = {
    "by number": (BAD_PATH, {}),
    "by number, small batches": (BAD_PATH, {"batch_journals": 2, "batch_bytes": 2048}),
    "by number, small journals": (BAD_PATH, SMALL),
    "hold": (BAD_PATH, {"no_room": 1, "batch_journals": 4} | SMALL),
    "plain": (BAD_PATH, PLAIN),
    "plain, small journals": (BAD_PATH, PLAIN | SMALL),
    "plain, hold": (BAD_PATH, PLAIN | SMALL | {"no_room": 1}),
    "interval": (BAD_PATH, {"next_command": 1, "batch_journals": 2}),
    "backlog": (BAD_PATH, {"next_command": 2, "backlog": 2}),
    "good path": (Faults(), {}),
    "device errors": (Faults(0.03, 0.05, 0.03, 0.1, 0.01), {}),
    "plain, device errors": (Faults(0.03, 0.05, 0.03, 0.1, 0.01), PLAIN),
    "read errors of devices": (Faults(read=0.04), {}),
    "write errors of devices": (Faults(device=0.03), {"copy_unit": 512}),
    "damaged journals, device errors": (Faults(0.03, 0.05, 0.03, 0.1, read=0.01, damage=0.01), {}),
    "damaged journals, plain, device errors": (Faults(0.03, 0.05, 0.03, 0.1, read=0.01, damage=0.01), PLAIN),
}


def capture_of(name: str, seed: int, steps: int = 1500) -> tuple[Capture, TwoSystems]:
    """Return the capture of a scenario, and the systems at its end."""
    faults, settings = SCENARIOS[name]
    systems = TwoSystems(seed, faults, **settings)
    return systems.run(steps), systems


def compare(lines: list[str], capture: Capture) -> Comparison:
    """Compare lines with the data of a capture; raises one of FOUND."""
    data = capture.reader()
    comparison = Comparison(data.take)
    for part in (lines[:1], lines[1:]):  # the first line has objects in it, without which lines are parsed together
        comparison.follow(part)
    comparison.finish()
    if not data.is_used_up():
        raise EOFError("data left over")
    return comparison


def records_of(lines: list[str]) -> dict[int, CommitRecord]:
    """Return the record of each line that holds one."""
    fields = {index: json.loads(line) for index, line in enumerate(lines)}
    return {
        index: CommitRecord.from_hex(field["record"]) for index, field in fields.items() if field["event"] == "record"
    }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SCENARIOS)
def test_comparison_accepts_two_systems_and_predicts_their_devices(name: str, seed: int) -> None:
    capture, systems = capture_of(name, seed)
    comparison = compare(capture.lines, capture)
    for number in (1, 2):
        for device in (0, 1):
            expected = systems.system(number).disk_adapter.devices[device].image()
            assert comparison.device_image(number, device) == expected
    if "errors" not in name and all(systems.system(number).shared.groups[0].state == 1 for number in (1, 2)):
        for volume in VOLUMES:
            images = [systems.system(number).disk_adapter.read(volume, 0, 16384) for number in (1, 2)]
            assert images[0] == images[1]


def test_what_is_read_for_restore_is_given_up_where_the_group_begins_anew_meanwhile() -> None:
    systems = TwoSystems(2)
    original, secondary = systems.systems
    for _ in range(5000):
        systems.step()
        restoring = secondary.restoring[GROUP]
        reading = restoring and restoring[0][1].ranges
        busy = original.sendings or original.entries or original.commands or original.system.mailbox.outstanding
        if reading and not busy:
            break
    assert reading
    for operation, arguments in ((Operation.SUSPEND, (GROUP,)), (Operation.INITIATE, (GROUP, 2, GROUP))):
        assert original.give_operation(operation, *arguments) == 0
    original.operate()
    original.send()
    read = secondary.system.restore.groups[GROUP]
    secondary.incoming.extend(original.outgoing)
    original.outgoing.clear()
    while not secondary.operations:
        secondary.receive()
    secondary.carry_out()
    assert read.reading and secondary.system.restore.groups[GROUP] is not read
    capture = systems.run(300)
    compare(capture.lines, capture)


def test_a_command_whose_journals_are_being_read_is_dropped_where_its_group_begins_anew_meanwhile() -> None:
    systems = TwoSystems(2)
    original = systems.systems[0]
    while not original.entries or original.system.mailbox.outstanding:
        systems.step()
    for operation, arguments in ((Operation.SUSPEND, (GROUP,)), (Operation.INITIATE, (GROUP, 2, GROUP))):
        assert original.give_operation(operation, *arguments) == 0
    original.operate()
    assert original.entries
    capture = systems.run(300)
    compare(capture.lines, capture)


def test_the_captures_reach_the_exits_that_need_no_table_loaded() -> None:
    found: Counter[tuple[int, int]] = Counter()
    for name in SCENARIOS:
        for seed in range(20 if "errors" in name else 3):
            capture, _ = capture_of(name, 100 + seed, 1000)
            found += Counter((record.process, record.outcome) for record in records_of(capture.lines).values())
    exits = {
        *((Process.INITIAL_COPY, outcome) for outcome in InitialCopyOutcome),
        *((Process.JOURNAL_READ_RECEPTION, outcome) for outcome in ReceptionOutcome),
        *((Process.JOURNAL_READ_COMMAND, outcome) for outcome in ReadCommandOutcome),
        *((Process.JOURNAL_STORE, outcome) for outcome in StoreOutcome),
        *((Process.RESTORE, outcome) for outcome in RestoreOutcome),
        *((Process.GROUP_ANNOUNCEMENT, outcome) for outcome in AnnouncementOutcome),
    } - {
        (Process.INITIAL_COPY, InitialCopyOutcome.STOPPED),
        (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.GONE),
        (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.HEARTBEAT_TIMEOUT),
        (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.OVERTAKEN),
        (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL),
        (Process.JOURNAL_STORE, StoreOutcome.NO_PAIR),
        (Process.JOURNAL_STORE, StoreOutcome.NEVER_FITS),
        (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.DROPPED),
    }
    here = Operation.CREATE_GROUP, Operation.RECORD_PAIR, Operation.RECORD_JOURNAL_VOLUME, Operation.START
    operations = OperationOutcome.NOT_ASKED, *here, Operation.INITIATE
    exits |= {(Process.OPERATION, outcome) for outcome in operations}
    exits |= {
        (Process.OPERATION, sent + Operation.START) for sent in (OperationOutcome.SENT, OperationOutcome.ANSWERED)
    }
    assert exits - found.keys() == set()


def mutated(name: str) -> tuple[Capture, TwoSystems]:
    """Return a short capture to be changed."""
    return capture_of(name, 5, 300)


@pytest.mark.parametrize("name", ["by number", "plain", "device errors"])
def test_every_changed_field_of_replications_records_is_found_at_its_record(name: str) -> None:
    capture, _ = mutated(name)
    examined: Counter[tuple[int, int, int]] = Counter()
    for index, record in records_of(capture.lines).items():
        kind = record.system, record.process, record.outcome
        examined[kind] += 1
        if record.process <= Process.READ_WRITE or examined[kind] > 1:
            continue
        for field, value in record._asdict().items():
            if field == "cycle":
                continue
            changed = record._replace(**{field: value ^ 1})
            line = json.dumps({"event": "record", "system": record.system, "record": changed.to_hex()})
            with pytest.raises(FOUND) as found:
                compare([*capture.lines[:index], line], capture)
            assert isinstance(found.value, Difference)
            assert found.value.line == index + 1, f"{field} of {record} not found"
    assert len(examined) > 15


@pytest.mark.parametrize("name", ["by number", "plain", "device errors"])
def test_every_changed_field_of_replications_events_is_found(name: str) -> None:
    capture, _ = mutated(name)
    changes: Counter[str] = Counter()
    for index, line in enumerate(capture.lines):
        fields = json.loads(line)
        event = fields["event"]
        if event not in ("packet_in", "packet_first", "packet_out", "device_read") or changes[event] > 60:
            continue
        for field, value in fields.items():
            others = {
                "system": [3 - value] if field == "system" else [],
                "bytes": [value + 64, max(0, value - 64), value + 1] if field == "bytes" else [],
                "device": [1 - value] if field == "device" else [],
                "address": [value + 64, value + 4096] if field == "address" else [],
                "resp": [2 - value] if field == "resp" else [],
                "crc": [value ^ 1] if field == "crc" and not fields["resp"] and not written(capture, index) else [],
            }.get(field, [])
            for other in others:
                changes[event] += 1
                changed = json.dumps(fields | {field: other})
                with pytest.raises(FOUND):
                    compare([*capture.lines[:index], changed, *capture.lines[index + 1 :]], capture)
                    pytest.fail(f"line {index + 1}: {fields}: {field} = {other} not found")
    assert min(changes.values()) > 5 and len(changes) == 4


def test_a_damaged_journal_without_its_exit_is_found_and_the_exit_without_the_damage() -> None:
    exits: Counter[tuple[int, int]] = Counter()
    changes = 0
    for name in ("damaged journals, device errors", "damaged journals, plain, device errors"):
        for seed in range(12):
            capture, systems = capture_of(name, seed, 400)
            records = records_of(capture.lines).values()
            for system in (1, 2):
                lies = systems.systems[system - 1].lies
                told = any(record.system == system and record.reason == Reason.JOURNAL_DAMAGED for record in records)
                for index in lies if told and len(lies) == 1 else ():
                    changes += 1
                    fields = json.loads(capture.lines[index])
                    changed = json.dumps(fields | {"crc": fields["crc"] ^ 1})
                    with pytest.raises(FOUND):
                        compare([*capture.lines[:index], changed, *capture.lines[index + 1 :]], capture)
                        pytest.fail(f"line {index + 1}: {fields}: its exit without the damage was not found")
            for index, record in records_of(capture.lines).items():
                if record.status == 13 and (record.process, record.outcome) in FAILED_READS:
                    exits[record.process, record.outcome] += 1
                    with pytest.raises(FOUND):
                        compare([*capture.lines[:index], *capture.lines[index + 1 :]], capture)
                        pytest.fail(f"line {index + 1}: damage without its exit was not found")
    assert len(exits) == 3 and changes > 3


def written(capture: Capture, index: int) -> bool:
    """Is something written, near a line, where its burst reads, so that old or new may come?"""
    read = json.loads(capture.lines[index])
    for line in capture.lines[max(0, index - 150) : index + 150]:
        other = json.loads(line)
        same = all(other.get(name) == read[name] for name in ("system", "device"))
        if other["event"] == "device_write" and same:
            end = other["address"] + other["bytes"]
            if other["address"] < read["address"] + read["bytes"] and read["address"] < end:
                return True
    return False


@pytest.mark.parametrize("file", ["path1_out", "path2_out", "path1_in", "path2_in"])
def test_any_changed_bit_of_a_packet_is_found(file: str) -> None:
    capture, _ = mutated("by number")
    ignored = ignored_bytes(capture, file)
    size = len(capture.data[file])
    for at in range(0, size, max(61, size // 150)):
        if at in ignored:
            continue
        capture.data[file][at] ^= 4
        with pytest.raises(FOUND):
            compare(capture.lines, capture)
            pytest.fail(f"byte {at} of {file} not found")
        capture.data[file][at] ^= 4


def ignored_bytes(capture: Capture, file: str) -> set[int]:
    """Return the places of incoming packets that were damaged already, or are maintenance packets (these may be
    dropped).
    """
    places: set[int] = set()
    if not file.endswith("_in"):
        return places
    at = 0
    for line in capture.lines:
        fields = json.loads(line)
        if fields["event"] != "packet_in" or f"path{fields['system']}_in" != file:
            continue
        data = bytes(capture.data[file][at : at + fields["bytes"]])
        try:
            packet = Packet.unpack(data)
        except PacketError:
            packet = None
        if packet is None or packet.type in (6, 7):
            places |= set(range(at, at + len(data)))
        at += len(data)
    return places


@pytest.mark.parametrize("name", ["good path", "plain"])
def test_any_missing_or_repeated_line_of_replication_is_found_and_any_capture_cut_off(name: str) -> None:
    capture, _ = mutated(name)
    lines = capture.lines[:-1]
    seen: dict[str, int] = defaultdict(int)
    for index in range(1, len(lines)):
        fields = json.loads(lines[index])
        kind = fields["event"]
        if kind == "record":
            record = CommitRecord.from_hex(fields["record"])
            kind = f"record {record.process}/{record.outcome}"
            if changes_nothing(record):
                continue
        seen[kind] += 1
        if seen[kind] > 4 or kind.startswith("register"):
            continue
        for changed in (lines[:index] + lines[index + 1 :], lines[: index + 1] + lines[index:]):
            end = json.dumps({"event": "end", "events": len(changed)})
            with pytest.raises(FOUND):
                compare([*changed, end], capture)
                pytest.fail(f"line {index + 1} not found: {lines[index]}")
    for count in range(len(lines) // 2, len(lines), 7):
        with pytest.raises(FOUND):
            compare(lines[:count], capture)


def changes_nothing(record: CommitRecord) -> bool:
    """Is this a record of a step that looked and found nothing to do, which may be there or not?"""
    return (record.process, record.outcome) in {
        (Process.INITIAL_COPY, InitialCopyOutcome.NO_VOLUME),
        (Process.INITIAL_COPY, InitialCopyOutcome.WAITING),
        (Process.RESTORE, RestoreOutcome.NO_JOURNAL),
        (Process.RESTORE, RestoreOutcome.GROUP_NOT_NORMAL),
        (Process.OPERATION, OperationOutcome.NOT_ASKED),
    }


@pytest.mark.parametrize("limit", [{"window": 16}, {"batch_bytes": 512}])
def test_a_limit_smaller_than_what_a_system_uses_is_found(limit: dict[str, int]) -> None:
    """Numbers beyond the window; packets with more data than their receiver has room for."""
    capture, _ = capture_of("good path", 1)
    start = json.loads(capture.lines[0])
    systems = [system | limit for system in start["systems"]]
    with pytest.raises(Difference):
        compare([json.dumps(start | {"systems": systems}), *capture.lines[1:]], capture)


def is_record_of(line: str, system: int) -> bool:
    """Is a line a record of this system?"""
    fields = json.loads(line)
    return bool(fields["event"] == "record" and fields["system"] == system)


def sent_packet() -> tuple[Capture, int, int]:
    """Return a capture, and the lines of a record that journals are sent and of the packet's first beat behind it."""
    capture, _ = mutated("good path")
    lines = capture.lines
    sent = (ReceptionOutcome.TRANSMITTED, ReceptionOutcome.RETRANSMITTED)
    index = next(index for index, record in records_of(lines).items() if record.process == 5 and record.outcome in sent)
    system = json.loads(lines[index])["system"]
    fields = [json.loads(line) for line in lines]
    first = next(
        line
        for line in range(index, len(lines))
        if (fields[line]["event"], fields[line].get("system")) == ("packet_first", system)
    )
    return capture, index, first


def test_a_packet_that_was_sent_before_its_record_is_found() -> None:
    capture, index, first = sent_packet()
    lines = capture.lines
    cycle = CommitRecord.from_hex(json.loads(lines[index])["record"]).cycle
    early = json.dumps(json.loads(lines[first]) | {"cycle": cycle - 1})
    with pytest.raises(Difference, match="packet_out"):
        compare([*lines[:index], early, *lines[index:first], *lines[first + 1 :]], capture)


def test_a_record_may_come_behind_its_packet_where_the_trace_pauses() -> None:
    capture, index, first = sent_packet()
    lines = capture.lines
    out = next(index for index in range(first, len(lines)) if json.loads(lines[index])["event"] == "packet_out")
    late = [line for line in lines[index : out + 1] if is_record_of(line, 1)]
    lines[index : out + 1] = [*(line for line in lines[index : out + 1] if line not in late), *late]
    compare(lines, capture)


def test_in_place_data_that_no_block_ever_held_is_found_also_with_a_right_checksum() -> None:
    capture, _ = mutated("good path")
    data = capture.data["path1_out"]
    at = 0
    changed = 0
    for line in capture.lines:
        fields = json.loads(line)
        if fields["event"] != "packet_out" or fields["system"] != 1:
            continue
        packet = Packet.unpack(bytes(data[at : at + fields["bytes"]]))
        for index, (information, content) in enumerate(packet.journals):
            if information.kind == JournalKind.INITIAL_COPY:
                packet.journals[index] = information, content[:600] + b"x" + content[601:]
                changed += 1
        data[at : at + fields["bytes"]] = packet.pack()
        at += fields["bytes"]
    assert changed
    with pytest.raises(Difference, match="block 1"):
        compare(capture.lines, capture)
