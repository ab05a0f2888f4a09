"""Systems of legal parameters in lock-step. `make parameters` runs every combination of the table."""

import random
import re
import subprocess
from itertools import product
from pathlib import Path

import pytest

from tb.config.parameter_table import LEGAL, NAMES, combinations, corner, draw, refusal
from tb.config.settings import Parameters
from tests.sim.parameter_systems import run_parameters
from tests.sim.systems import passes
from tools.sources import rtl_headers, rtl_source, rtl_sources

LEAST = corner(True)
SMALL = LEAST | {"data_width": 128, "volumes": 3, "pairs": 2, "groups": 2, "devices": 2, "max_transfer_bytes": 2048}
# Combinations that take Icarus seconds, of each data width but that of all other runs in lock-step
CHEAP = {
    "one-volume": LEAST,
    "least": LEAST | {"volumes": 2},
    "restored-in-few-slots": LEAST
    | {"data_width": 512, "volumes": 2, "max_transfer_bytes": 65536, "max_data_bytes": 65536, "cache_slots": 4},
    "many-slots-three-devices": SMALL
    | {"cache_slots": 32, "read_slots": 32, "devices": 3, "axi_id_width": 7, "groups": 3},
}
# Combinations that are elaborated only, drawn anew in every run
ELABORATED = 3


@pytest.mark.parametrize("name", CHEAP)
def test_parameters_at_their_corners_run_and_copy_in_lock_step(name: str, folder: Path, seed: int) -> None:
    """With fewer cache slots than 16 and large transfers what restore reads was once taken from the wrong place."""
    passes(run_parameters(CHEAP[name], folder, seed))


def test_four_combinations_for_random_runs_have_least_and_most_of_what_has_two_corners(seed: int) -> None:
    """A number cut to too few bits is none where it has few: of what is numbered in slots, a series needs both."""
    rows = draw(random.Random(seed), 4, groups=3, devices=2)
    for name in ("read_slots", "commands", "outstanding"):
        assert {row[name] for row in rows} == set(LEGAL[name].corners), name


def test_combinations_elaborate_without_a_warning(folder: Path, seed: int) -> None:
    """Of a slice that is out of a vector's bounds, say."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in random.Random(seed).sample(combinations(), ELABORATED):
        given = [f"-Pstorage_system.{name.upper()}={value}" for name, value in row.items()]
        command = ["iverilog", "-g2005", "-Wall", f"-I{rtl_headers()}", "-t", "null", "-s", "storage_system", *given]
        command += map(str, rtl_sources())
        done = subprocess.run(
            command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        said = [line for line in done.stdout.splitlines() if "is sensitive to all" not in line]
        assert (done.returncode, said) == (0, []), f"{row}: {said[:5]}"


def test_every_two_values_of_two_parameters_meet_in_a_combination() -> None:
    """If they are legal together; and all combinations are legal."""
    rows = combinations()
    assert rows[0] == corner(True) and rows[1] == corner(False)
    assert len(rows) <= 40
    for one in NAMES:
        for other in NAMES[: NAMES.index(one)]:
            met = {(row[one], row[other]) for row in rows}
            pairs = product(LEGAL[one].corners, LEGAL[other].corners)
            assert met == {pair for pair in pairs if not refusal(dict(zip((one, other), pair, strict=True)))}, (
                one,
                other,
            )
    assert {refusal(row) for row in rows} == {""}


def test_table_and_rtl_say_the_same_of_what_is_legal() -> None:
    """By the names of the modules that are missing when a parameter is not legal."""
    text = (rtl_headers() / "parameters.vh").read_text() + rtl_source("storage_system").read_text()
    for name, legal in LEGAL.items():
        found = re.findall(rf"parameter_error_{name.upper()}_must_be_(\w+)", text)
        ends = f"{legal.least}_to_{legal.most}"
        expected = {"data_width": "64_128_256_or_512"}.get(
            name, f"a_power_of_two_from_{ends}" if legal.powers else ends
        )
        if name == "window":  # in modules, and in a storage system
            assert found == ["a_power_of_two_from_16_to_4096", f"at_least_{legal.least}"]
        else:
            assert found[0] == expected, name


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ({"cache_slots": 64}, "CACHE_SLOTS=64: must be a power of two from 2 to 32"),
        ({"max_transfer_bytes": 131072}, "MAX_TRANSFER_BYTES=131072: must be a power of two from 512 to 65536"),
        ({"volumes": 65}, "VOLUMES=65: must be from 1 to 64"),
        ({"cache_slots": 4, "groups": 4}, "CACHE_SLOTS=4: must be at least GROUPS + 1, with GROUPS=4"),
        ({"max_data_bytes": 2048}, "MAX_DATA_BYTES=2048: must be a power of two from 4096 to 65536"),
        ({"max_data_bytes": 8192}, "MAX_TRANSFER_BYTES=16384: must be at most MAX_DATA_BYTES=8192"),
        ({"window": 192}, "WINDOW=192: must be a power of two from 128 to 4096"),
    ],
)
def test_settings_of_the_bench_refuse_parameters_that_are_not_legal(parameters: dict[str, int], line: str) -> None:
    """Before anything is built."""
    with pytest.raises(ValueError, match=f"^{re.escape(line)}$"):
        Parameters(**parameters)
