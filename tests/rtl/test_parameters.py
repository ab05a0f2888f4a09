"""Parameters of the RTL: what is not legal does not build, and the message names the parameter."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tb.running.simulators import verilator_environment
from tools.sources import rtl_headers, rtl_sources

# Bits of a beat's place: storage_system makes them from other parameters
PLACES = {"START_WIDTH", "BEAT_WIDTH"}
# Values just below and just above what is legal, and between two legal ones
BELOW = {
    "DATA_WIDTH": 32,
    "VOLUMES": 0,
    "PAIRS": 0,
    "GROUPS": 0,
    "DEVICES": 0,
    "MAX_TRANSFER_BYTES": 256,
    "MAX_DATA_BYTES": 2048,
    "CACHE_SLOTS": 1,
    "READ_SLOTS": 1,
    "FLUSHES": 0,
    "OUTSTANDING": 1,
    "COMMANDS": 2,
    "WINDOW": 64,
    "SYSTEM_NUMBER": 0,
    "AXI_ADDR_WIDTH": 32,
    "AXI_ID_WIDTH": 0,
    "COMMIT_TRACE": -1,
}
ABOVE = {
    "DATA_WIDTH": 1024,
    "VOLUMES": 65,
    "PAIRS": 65,
    "GROUPS": 9,
    "DEVICES": 9,
    "MAX_TRANSFER_BYTES": 131072,
    "MAX_DATA_BYTES": 131072,
    "CACHE_SLOTS": 64,
    "READ_SLOTS": 64,
    "FLUSHES": 17,
    "OUTSTANDING": 128,
    "COMMANDS": 128,
    "WINDOW": 8192,
    "SYSTEM_NUMBER": 256,
    "AXI_ADDR_WIDTH": 49,
    "AXI_ID_WIDTH": 33,
    "COMMIT_TRACE": 2,
}
BETWEEN = {
    "DATA_WIDTH": 192,
    "MAX_TRANSFER_BYTES": 1536,
    "MAX_DATA_BYTES": 12288,
    "CACHE_SLOTS": 12,
    "READ_SLOTS": 3,
    "OUTSTANDING": 6,
    "COMMANDS": 12,
    "WINDOW": 384,
}
SOURCES = [str(path) for path in rtl_sources()]


def icarus(parameters: Mapping[str, int], folder: Path) -> tuple[int, str]:
    """Elaborate a storage system; return the compiler's exit status and what it said."""
    given = [f"-Pstorage_system.{name}={value}" for name, value in parameters.items()]
    command = ["iverilog", "-g2005", f"-I{rtl_headers()}", "-t", "null", "-s", "storage_system", *given, *SOURCES]
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("values", [BELOW, ABOVE, BETWEEN], ids=["below", "above", "between"])
def test_illegal_parameters_do_not_build_and_each_is_named(values: dict[str, int], folder: Path) -> None:
    """All at once, which is enough: every check is made whatever the others say."""
    folder.mkdir(parents=True, exist_ok=True)
    status, said = icarus(values, folder)
    assert status != 0
    named = {name for name in values if re.search(rf"Unknown module type: parameter_error_{name}_must_be_", said)}
    assert named == set(values)


def test_fewer_slots_than_groups_and_one_do_not_build(folder: Path) -> None:
    """Each value is legal by itself; with one group less both are."""
    folder.mkdir(parents=True, exist_ok=True)
    status, said = icarus({"CACHE_SLOTS": 4, "GROUPS": 4}, folder)
    assert status != 0
    assert "Unknown module type: parameter_error_CACHE_SLOTS_must_be_at_least_GROUPS_plus_1" in said
    assert icarus({"CACHE_SLOTS": 4, "GROUPS": 3}, folder)[0] == 0


@pytest.mark.parametrize(("name", "value"), [("CACHE_SLOTS", 64), ("WINDOW", 64)])
def test_verilator_refuses_an_illegal_parameter_by_its_name(name: str, value: int, folder: Path) -> None:
    """With the arguments that leave all warnings out, too."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        "verilator",
        "--lint-only",
        "-Wno-fatal",
        "-Wno-lint",
        "-Wno-style",
        f"-I{rtl_headers()}",
        f"-G{name}={value}",
    ]
    command += ["--top-module", "storage_system", *SOURCES]
    done = subprocess.run(
        command,
        cwd=folder,
        env=verilator_environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode != 0
    assert f"'parameter_error_{name}_must_be_" in done.stdout


def test_every_module_checks_each_of_its_parameters() -> None:
    """By the lines below its ports."""
    unchecked = set()
    for path in rtl_sources():
        text = path.read_text()
        # one whose default is made from others is a parameter only because ports need it
        parameters = set(re.findall(r"^    parameter (\w+) += \d+,?$", text, re.M)) - PLACES
        checks = " ".join(re.findall(r"^`ML_REQUIRE.*$", text, re.M))
        unchecked |= {(path.name, name) for name in parameters if not re.search(rf"_{name}\b|\b{name}\b", checks)}
        assert "$finish" not in text
    assert not unchecked
