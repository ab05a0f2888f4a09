"""Snapshots of a simulation that has nothing to show."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cocotb
from cocotb.triggers import Timer

from tb.running.snapshots import Snapshots

INTERVAL = 100


def value(number: int = 0) -> Any:
    """Return what looks like the handle of a signal."""
    return SimpleNamespace(value=number)


def snapshots() -> Snapshots:
    """Return snapshots of a bench whose end never comes."""
    bench = SimpleNamespace(elapsed_ns=value(), capture=SimpleNamespace(cycle=value()))
    bench.snapshot_waves, bench.snapshot_end_ns = value(), value()
    return Snapshots(bench, Path(os.environ["COCOTB_RESULTS_FILE"]).with_name("capture.jsonl"), INTERVAL, 1)


@cocotb.test()
async def endless(dut: Any) -> None:
    """Goes on until it is ended."""
    cocotb.start_soon(snapshots().run(lambda folder: dict))
    await Timer(1, "sec")


@cocotb.test()
async def late(dut: Any) -> None:
    """A snapshot that is not done in time is given up."""
    made = snapshots()
    cocotb.start_soon(made.run(lambda folder: time.sleep(600)))
    await Timer(3 * INTERVAL, "ns")
    assert made.write_waves(limit_seconds=0.2) == "no waves: the snapshot did not end within 0 seconds"
    assert made.write_waves() == ""
