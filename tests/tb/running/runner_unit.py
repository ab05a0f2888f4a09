"""cocotb tests with which the runner is tested."""

from typing import Any

import cocotb
from cocotb.triggers import Timer


@cocotb.test()
async def passing(_: Any) -> None:
    """Takes time and passes."""
    await Timer(10, "ns")


@cocotb.test()
async def failing(_: Any) -> None:
    """Fails."""
    await Timer(10, "ns")
    raise AssertionError("on purpose")


@cocotb.test()
async def asserting(_: Any) -> None:
    """Fails, unless Python leaves asserts out."""
    await Timer(10, "ns")
    assert Timer is None, "asserts are checked"


@cocotb.test()
async def timeless(_: Any) -> None:
    """Does nothing, at time 0."""


@cocotb.test()
async def endless(dut: Any) -> None:
    """Never ends."""
    while True:
        await Timer(10, "us")
