"""journal_read_command.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_journal_read_command_sends_and_closes_as_the_model(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_command_unit."""
    run_unit("journal_read_command", folder, seed, GROUPS=3, WINDOW=64)


def test_commands_of_one_group_alone_are_sent_in_their_time(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_command_alone_unit."""
    run_unit(
        "journal_read_command",
        folder,
        seed,
        module="journal_read_command_alone_unit",
        GROUPS=3,
        WINDOW=64,
    )
