"""cocotb tests of axi_monitor.v and handshake_check.v: each broken rule is reported, and nothing else is."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge
from cocotb.types import Logic, LogicArray

from tb.config.files import beside

PREFIX = Path(os.environ["FILES"])
ADDRESS = {"awaddr": 0x1000, "awlen": 1, "awsize": 3, "awburst": 1}
DATA = {"wdata": 5, "wstrb": 0xFF, "wlast": 0}

# Bursts in flight that axi_rules.v lets pass; an unknown value of one bit
BURSTS = 8
X = Logic("X")

Cycle = dict[str, int | Logic | LogicArray]
# Bursts of one beat, and their answers
WRITE: Cycle = {**ADDRESS, "awlen": 0, "awvalid": 1, "awready": 1, **DATA, "wvalid": 1, "wready": 1, "wlast": 1}
WRITTEN: Cycle = {"bvalid": 1, "bready": 1}
READ: Cycle = {"araddr": 0x1000, "arvalid": 1, "arready": 1}
DATA_READ: Cycle = {"rvalid": 1, "rready": 1, "rlast": 1}
# A write burst of two beats and its response, a read burst of two beats, writes that overlap nothing in flight
GOOD: list[Cycle] = [
    {**ADDRESS, "awvalid": 1, "awready": 0},
    {**ADDRESS, "awvalid": 1, "awready": 1},
    {**DATA, "wvalid": 1, "wready": 1},
    {**DATA, "wvalid": 1, "wready": 1, "wlast": 1},
    {"bvalid": 1, "bready": 1},
    {"araddr": 0x1FF0, "arlen": 1, "arvalid": 1, "arready": 1},
    # writes beside it and beside each other
    {**ADDRESS, "awaddr": 0x1FE0, "awvalid": 1, "awready": 1},
    {**ADDRESS, "awaddr": 0x1FD0, "awvalid": 1, "awready": 1},
    {"rvalid": 1, "rready": 1, "rdata": 7},
    {"rvalid": 1, "rready": 1, "rlast": 1},
]
# One burst in flight more than there may be
WRITES: list[Cycle] = [{**WRITE, "awaddr": 0x1000 * number} for number in range(BURSTS + 1)]
READS: list[Cycle] = [READ] * (BURSTS + 1)
BROKEN: dict[str, list[Cycle]] = {
    "valid dropped": [{**ADDRESS, "awvalid": 1}, {}],
    "payload changed": [{**DATA, "wvalid": 1}, {**DATA, "wvalid": 1, "wready": 1, "wdata": 6}],
    "burst crosses 4 KiB": [{**ADDRESS, "awaddr": 0x1FF8, "awvalid": 1, "awready": 1}],
    "burst not aligned": [{**ADDRESS, "awaddr": 0x1004, "awvalid": 1, "awready": 1}],
    "burst not full width": [{**ADDRESS, "awsize": 2, "awvalid": 1, "awready": 1}],
    "burst not INCR": [{**ADDRESS, "awburst": 0, "awvalid": 1, "awready": 1}],
    "write strobe not set": [{**DATA, "wstrb": 0xFE, "wvalid": 1, "wready": 1}],
    "wlast against awlen": [
        {**ADDRESS, "awvalid": 1, "awready": 1, **DATA, "wvalid": 1, "wready": 1, "wlast": 1},
        {"bvalid": 1, "bready": 1},
    ],
    "write response without burst": [{"bvalid": 1, "bready": 1}],
    "rlast against arlen": [
        {"araddr": 0x1000, "arlen": 1, "arvalid": 1, "arready": 1},
        {"rvalid": 1, "rready": 1, "rlast": 1},
    ],
    "read data without burst": [{"rvalid": 1, "rready": 1, "rlast": 1}],
    # of before a reset that did not cover the device
    "response to no access": [
        {**ADDRESS, "awvalid": 1, "awready": 1},
        {**DATA, "wvalid": 1, "wready": 1},
        {**DATA, "wvalid": 1, "wready": 1, "wlast": 1},
        {"manager_rst": 1},
        {**ADDRESS, "awaddr": 0x3000, "awvalid": 1, "awready": 1, **DATA, "wvalid": 1, "wready": 1},
        {**DATA, "wvalid": 1, "wready": 1, "wlast": 1},
        {"bvalid": 1, "bready": 1},
        {"bvalid": 1, "bready": 1},
    ],
    "read data for no access": [
        {"araddr": 0x1000, "arlen": 0, "arvalid": 1, "arready": 1},
        {"manager_rst": 1},
        {"manager_rst": 1},
        {"araddr": 0x2000, "arlen": 0, "arvalid": 1, "arready": 1},
        {"rvalid": 1, "rready": 1, "rlast": 1},
        {"rvalid": 1, "rready": 1, "rlast": 1},
    ],
    "reset within a write burst": [
        {**ADDRESS, "awvalid": 1, "awready": 1},
        {**DATA, "wvalid": 1, "wready": 1},
        {"manager_rst": 1},
        {"manager_rst": 1},
    ],
    "write overlaps a write": [
        {**ADDRESS, "awvalid": 1, "awready": 1},
        {**ADDRESS, "awaddr": 0x1008, "awvalid": 1, "awready": 1},
    ],
    "burst longer than 256 beats": [{**DATA, "wvalid": 1, "wready": 1}] * 257,
    "too many write bursts": WRITES,
    "too many read bursts": READS,
    # every burst is of ID 0, and so is its answer
    "write burst of another ID": [{**WRITE, "awid": 1}],
    "write response of another ID": [WRITE, {**WRITTEN, "bid": 8}],
    "read burst of another ID": [{**READ, "arid": 2}],
    "read data of another ID": [READ, {**DATA_READ, "rid": 4}],
}
# No simulator of two states can have them
UNKNOWN: tuple[tuple[str, Cycle], ...] = (
    ("valid unknown", {**DATA, "wready": 1, "wvalid": X}),
    ("valid unknown", {**DATA, "wready": 0, "wvalid": X}),
    ("ready unknown", {**DATA, "wready": X, "wvalid": 1}),
    ("payload unknown", {**DATA, "wready": 1, "wvalid": 1, "wlast": X}),
    ("payload unknown", {**DATA, "wready": 1, "wvalid": 1, "wdata": LogicArray("X" + "0" * 63)}),
    ("payload unknown", {**ADDRESS, "awready": 0, "awvalid": 1, "awid": LogicArray("000Z")}),
)


async def play(dut: Any, cycles: list[Cycle]) -> list[str]:
    """Reset, put the signals of each cycle on the ports, and return the rules reported since."""
    before = len(reports())
    inputs = {"bresp", "manager_rst", "awid", "bid", "arid", "rid", *(name for cycle in GOOD for name in cycle)}
    for name in inputs:
        getattr(dut, name).value = 0
    dut.rst.value = 1
    await ClockCycles(dut.clk, 3)
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    for cycle in (*cycles, {}):
        for name in inputs:
            getattr(dut, name).value = cycle.get(name, 0)
        await FallingEdge(dut.clk)
    await ClockCycles(dut.clk, 2)
    return [report["rule"] for report in reports()[before:]]


def reports() -> list[dict[str, Any]]:
    """Return the lines of the capture."""
    file = beside(PREFIX, "jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@cocotb.test()
async def test_correct_bursts_are_not_reported_and_each_broken_rule_is(dut: Any) -> None:
    """GOOD, then each of BROKEN, each after a reset."""
    Clock(dut.clk, 4, unit="ns", impl="gpi").start(start_high=False)
    assert await play(dut, GOOD) == []
    for rule, cycles in BROKEN.items():
        found = await play(dut, cycles)
        assert rule in found and set(found) <= {rule, "rlast against arlen"}, f"{rule}: {found}"
    # as many as there may be are not too many, wherever the monitor keeps them
    for most, answered, rule in (
        (WRITES, [WRITE, WRITTEN], "too many write bursts"),
        (READS, [READ, DATA_READ], "too many read bursts"),
    ):
        for before in range(2 * BURSTS):
            assert await play(dut, answered * before + most[:-1]) == []
            assert await play(dut, answered * before + most) == [rule]
    # each once, and one that waits on the port is reported before the next access could take it for its own
    for rule in ("response to no access", "read data for no access", "reset within a write burst"):
        assert await play(dut, BROKEN[rule]) == [rule]
    for valid, rule in (("bvalid", "response to no access"), ("rvalid", "read data for no access")):
        found = await play(dut, [{valid: 1}, {valid: 1}])
        assert found[0] == rule and found.count(rule) == 1, found
    assert all((r["event"], r["system"], r["cycle"], r["port"]) == ("protocol_error", 3, 17, 1) for r in reports())


@cocotb.test()
async def test_unknown_values_are_reported(dut: Any) -> None:
    """Each of UNKNOWN, behind which a reset makes the ports good again."""
    Clock(dut.clk, 4, unit="ns", impl="gpi").start(start_high=False)
    assert await play(dut, GOOD) == []
    for rule, cycle in () if cocotb.SIM_NAME.startswith("Verilator") else UNKNOWN:
        assert rule in await play(dut, [cycle]), cycle
        assert await play(dut, GOOD) == []
