"""`python -m model COMMAND`: the reference model's commands."""

import argparse
import sys

from model import compare_command, explore_command, simulate_command, speed_command, study_command


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m model", description="Reference model of mirrorlog.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (compare_command, simulate_command, study_command, explore_command, speed_command):
        command.add_parser(commands)
    arguments = parser.parse_args(argv)
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
