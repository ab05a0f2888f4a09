"""registers.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit

# What depends on the number of rows only
ROWS = (
    "test_every_register_has_its_reset_value_and_keeps_its_own_value",
    "test_holes_and_unaligned_addresses_are_refused_and_read_only_registers_keep_their_value",
)
BITS = "test_every_bit_is_writable_or_refused_as_described"
REST = (
    *ROWS,
    "test_strobes_merge_with_the_register",
    "test_tables_are_refused_while_a_command_is_in_flight",
    "test_reads_and_writes_at_once_take_turns",
)


@pytest.mark.parametrize(
    ("volumes", "pairs", "groups", "devices", "commands", "most_bytes", "address_bits", "tests"),
    [
        (8, 8, 4, 2, 4, 65536, 48, REST),
        (3, 5, 2, 3, 64, 4096, 33, (*ROWS, BITS)),
        pytest.param(8, 8, 4, 2, 4, 65536, 48, (BITS,), marks=pytest.mark.long),
        pytest.param(3, 5, 2, 3, 64, 4096, 33, REST, marks=pytest.mark.long),
        pytest.param(64, 64, 8, 2, 4, 65536, 48, ROWS, marks=pytest.mark.long),
        (1, 1, 1, 2, 4, 65536, 48, ROWS),
    ],
)
def test_every_register_is_as_the_rdl_describes_it(
    volumes: int,
    pairs: int,
    groups: int,
    devices: int,
    commands: int,
    most_bytes: int,
    address_bits: int,
    tests: tuple[str, ...],
    folder: Path,
    seed: int,
) -> None:
    """Walk the whole storage system's registers through its AXI4-Lite port: the cocotb tests of register_unit."""
    run_unit(
        "register_unit",
        folder,
        seed,
        tests=tests,
        VOLUMES=volumes,
        PAIRS=pairs,
        GROUPS=groups,
        DEVICES=devices,
        COMMANDS=commands,
        MAX_DATA_BYTES=most_bytes,
        SYSTEM_NUMBER=7,
        AXI_ADDR_WIDTH=address_bits,
    )
