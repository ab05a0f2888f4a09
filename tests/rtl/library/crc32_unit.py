"""cocotb tests of crc32.v."""

import zlib
from typing import Any

import cocotb
from cocotb.triggers import Timer

from tests.rtl.units import generator

ALL_ONES = 0xFFFF_FFFF


async def step(dut: Any, data: int, state: int) -> int:
    """One beat."""
    dut.data.value = data
    dut.state.value = state
    await Timer(1, "ns")
    return int(dut.state_next.value)


@cocotb.test
async def test_crc_of_any_number_of_beats_is_that_of_zlib(dut: Any) -> None:
    """Messages of 1 to 12 beats; random bytes, all zeros, all ones."""
    rng = generator()
    width = len(dut.data) // 8
    for number in range(40):
        beats = rng.randrange(1, 13)
        fill = {0: b"\x00", 1: b"\xff"}.get(number)
        message = fill * (beats * width) if fill else rng.randbytes(beats * width)
        state = ALL_ONES
        for beat in range(beats):
            state = await step(dut, int.from_bytes(message[beat * width : (beat + 1) * width], "little"), state)
        assert state ^ ALL_ONES == zlib.crc32(message), message.hex()


@cocotb.test
async def test_every_bit_of_data_and_state_counts(dut: Any) -> None:
    """The step is linear: one bit at a time shows every tap."""
    width = len(dut.data) // 8
    zero = await step(dut, 0, 0)
    assert zero == 0
    for bit in range(8 * width):
        data = (1 << bit).to_bytes(width, "little")
        # zlib's CRC of data, without its initial and final inversion
        assert await step(dut, 1 << bit, 0) == zlib.crc32(data) ^ zlib.crc32(bytes(width))
    for bit in range(32):
        expected = zlib.crc32(bytes(width), 1 << bit) ^ zlib.crc32(bytes(width), 0)
        assert await step(dut, 0, 1 << bit) == expected
