"""Nothing reaches a device before the step that asks for it: a burst that comes earlier is found."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from mirrorlog.compare.capture import Fields
from mirrorlog.compare.device_port import DevicePort
from mirrorlog.compare.device_reads import Burst
from mirrorlog.formats.serial_number import shortened
from mirrorlog.processes.disk_adapter import Range
from tests.model.captures import Capture
from tests.model.compare.test_compare_replication import FOUND, capture_of, compare, records_of

EVENTS = ("device_read", "device_write")


@dataclass
class Cause:
    """A burst of the capture's line `line`, and the cycle of the step that asked for it, None if none did."""

    line: int
    burst: Burst
    since: int | None = None


def causes_of(capture: Capture, monkeypatch: pytest.MonkeyPatch) -> list[Cause]:
    """Compare a capture that is right, and say of each burst which step asked for it."""
    lines = [index for index, line in enumerate(capture.lines) if json.loads(line)["event"] in EVENTS]
    found: list[Cause] = []
    take, claim = DevicePort._burst, DevicePort.claim

    def taken(port: DevicePort, cycle: int, fields: Fields) -> tuple[int, Burst]:
        device, burst = take(port, cycle, fields)
        found.append(Cause(lines[len(found)], burst))
        return device, burst

    def claimed(port: DevicePort, cycles: tuple[int, int], device: int, *others: Any, **options: Any) -> list[Range]:
        before = list(port._writes[device])
        failed = claim(port, cycles, device, *others, **options)
        gone = [burst for burst in before if burst not in port._writes[device]]
        for cause in found:
            if cause.burst in gone:
                cause.since = cycles[0]
        return failed

    with monkeypatch.context() as patch:
        patch.setattr(DevicePort, "_burst", taken)
        patch.setattr(DevicePort, "claim", claimed)
        compare(capture.lines, capture)
    for cause in found:
        if cause.burst.read is not None:
            cause.since = cause.burst.read.since
    return found


def before_its_cause(capture: Capture, cause: Cause) -> Capture | None:
    """Return the capture with a burst, and its data, in front of the step that asked for it; None where that step's
    record comes right behind another one's.
    """
    fields = json.loads(capture.lines[cause.line])
    system = fields["system"]
    steps = {
        index: record
        for index, record in records_of(capture.lines[: cause.line]).items()
        if json.loads(capture.lines[index])["system"] == system
    }
    assert cause.since is not None
    place = next(index for index, record in steps.items() if record.cycle == shortened(cause.since))
    if any(record.cycle == shortened(cause.since - 1) for record in steps.values()):
        return None
    fields["cycle"] -= cause.burst.cycle - (cause.since - 1)
    moved = Capture(list(capture.lines), dict(capture.data))
    del moved.lines[cause.line]
    moved.lines.insert(place, json.dumps(fields))
    if fields["event"] == "device_write":
        name = f"device{system}_{fields['device']}"
        begins = []
        at = 0
        for index, line in enumerate(capture.lines):
            other = json.loads(line)
            if other["event"] == "device_write" and (other["system"], other["device"]) == (system, fields["device"]):
                begins.append((index, at))
                at += other["bytes"]
        start = dict(begins)[cause.line]
        to = next(begin for index, begin in begins if index >= place)
        data = bytearray(capture.data[name])
        part = data[start : start + fields["bytes"]]
        del data[start : start + fields["bytes"]]
        data[to:to] = part
        moved.data[name] = data
    return moved


@pytest.mark.parametrize("name", ["good path", "plain"])
def test_a_burst_before_the_step_that_asks_for_it_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both systems, whatever it is about: writes of hosts, journals and restore, reads for packets, restore and
    hosts."""
    capture, _ = capture_of(name, 1, 700)
    causes = causes_of(capture, monkeypatch)
    assert all(cause.since is not None for cause in causes)
    tried = dict.fromkeys(EVENTS, 0)
    for cause in causes[::2]:
        moved = before_its_cause(capture, cause)
        if moved is None:
            continue
        tried[json.loads(capture.lines[cause.line])["event"]] += 1
        with pytest.raises(FOUND):
            compare(moved.lines, moved)
            pytest.fail(f"line {cause.line + 1}: {capture.lines[cause.line]} before cycle {cause.since}")
    assert min(tried.values()) >= 10
