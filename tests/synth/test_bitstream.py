"""`make bitstream` and `make flash`: what they are asked for, constraints, and what they read of the tools."""

import re
import subprocess
import sys

import pytest

from synth import bitstream
from synth.options import OptionError
from tb.link.session import BAUD
from tools.sources import ROOT, rtl_source

# What nextpnr says, in its words
SAID = """Info: Device utilisation:
Info: \t          TRELLIS_IO:     7/  365     1%
Info: \t              DP16KD:     8/  208     3%
Info: \t             MULT18:     0/  156     0%
Info: \t          TRELLIS_FF:  2900/83640     3%
Info: Max frequency for clock '$glbnet$clk': 41.00 MHz (PASS at 25.00 MHz)
Info: Max frequency for clock '$glbnet$clk': 27.50 MHz (PASS at 25.00 MHz)
"""


def test_options_name_a_board_and_parameters() -> None:
    """A board is needed; what is not given is what fits a board."""
    assert bitstream.parse(["BOARD=ulx3s", "VOLUMES=2", "SYSTEM=2"]) == ("ulx3s", {"volumes": 2, "system_number": 2})
    memory = ("ecp5_evn", {"memory_bytes": 65536, "memory_devices": 2})
    assert bitstream.parse(["BOARD=ecp5_evn", "MEMORY_BYTES=65536", "MEMORY_DEVICES=2"]) == memory
    for wrong, said in (
        (["VOLUMES=2"], "BOARD is missing"),
        (["BOARD=arty"], "is none of"),
        (["PART=link"], "unknown"),
        (["BOARD=ulx3s", "MEMORY_BYTES=65537"], "is none of 4096, 8192"),
    ):
        with pytest.raises(OptionError, match=said):
            bitstream.parse(wrong)


@pytest.mark.parametrize("name", bitstream.BOARDS)
def test_every_port_of_a_board_has_its_pin_and_the_clock_is_the_one_stated(name: str) -> None:
    """No pin twice; dividers make the MHz that nextpnr is asked for and HELLO tells, and the machine's baud rate."""
    top = (bitstream.FOLDER / f"{name}.v").read_text()
    lines = (bitstream.FOLDER / f"{name}.lpf").read_text()
    ports = re.findall(r"^    (?:in|out)put  ?wire (\w+),?$", top, re.M)
    pins = dict(re.findall(r'^LOCATE COMP "(\w+)" SITE "(\w+)";$', lines, re.M))
    assert sorted(ports) == sorted(pins) and len(set(pins.values())) == len(pins)
    assert set(re.findall(r'^IOBUF PORT "(\w+)"', lines, re.M)) == set(pins)
    (oscillator,) = map(float, re.findall(r'^FREQUENCY PORT "clk" ([0-9.]+) MHZ;$', lines, re.M))
    given = {key: int(value) for key, value in re.findall(r"\.(\w+)\((\d+)\)", top)}
    mhz = oscillator * given["FEEDBACK_DIVIDER"] / given["INPUT_DIVIDER"]
    assert mhz == bitstream.BOARDS[name].mhz == given["CLOCK_KHZ"] / 1000 == 1000 / given["PERIOD_NS"]
    assert 400 <= mhz * given["OUTPUT_DIVIDER"] <= 800 and oscillator / given["INPUT_DIVIDER"] >= 3.125
    assert given["BAUD"] == BAUD <= mhz * 250_000


@pytest.mark.parametrize("name", bitstream.BOARDS)
def test_a_board_gives_every_parameter_to_its_storage_system(name: str) -> None:
    """By the same name, from top to board.v."""
    tops = [(bitstream.FOLDER / f"{file}.v").read_text() for file in (name, "ecp5_board")]
    for parameter in map(str.upper, bitstream.parameters({"memory_bytes": 65536, "memory_devices": 1})):
        for text in (*tops, rtl_source("board").read_text()):
            assert re.search(rf"^    parameter (\[31:0\] )?{parameter} = ", text, re.M), parameter
            short = {"DATA_WIDTH": "W", "AXI_ADDR_WIDTH": "AW"}.get(parameter, parameter)
            assert f".{parameter}({parameter})" in text or f".{parameter}({short})" in text, parameter


def test_what_is_used_and_what_clock_was_reached_are_read_from_the_log() -> None:
    """The last figures count."""
    assert bitstream.utilization(SAID) == [("TRELLIS_IO", 7, 365), ("DP16KD", 8, 208), ("TRELLIS_FF", 2900, 83640)]
    assert bitstream.clocks(SAID) == {"$glbnet$clk": (27.5, 25.0)}


def test_flash_says_what_is_missing() -> None:
    """A board's name, and its bitstream."""
    for options, said in (
        ([], "error: BOARD is missing: one of ulx3s, ecp5_evn\n"),
        (["BOARD=x"], "error: BOARD=x: is none of ulx3s, ecp5_evn\n"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "synth.flash", *options], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (2, said)
