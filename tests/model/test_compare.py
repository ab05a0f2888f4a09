"""The comparison: accepts what the model shows, and finds any change of it."""

import json
from collections import Counter
from typing import Any

import pytest

from model.commit_record import CommitRecord
from model.compare import Comparison
from model.shared_memory import FullPolicy
from tests.model.reference_driver import Capture, busy_capture

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
    exits = {(1, outcome, 0) for outcome in range(1, 7)} | {(3, outcome, 0) for outcome in range(1, 7)}
    exits |= {(2, 1280, creation) for creation in (0, 1, 1315, 1335, 1360, 1390)}
    exits |= {(2, 1230, 0), (2, 1245, 0), (2, 1245, 1390), (2, 1220, 0), (2, 1, 0), (2, 2, 0), (2, 3, 1390)}
    assert exits - found.keys() == set()
