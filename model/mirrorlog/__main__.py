"""`mirrorlog COMMAND`: the reference model's commands."""

import sys
from importlib import import_module

from mirrorlog import __version__
from mirrorlog.command_line import Parser, fail, guarded

COMMANDS = {
    "compare": "compare a capture with the model",
    "decode": "print a commit record field by field",
    "query": "a capture as an SQLite file, and questions",
    "trace": "a capture as a timeline for Perfetto",
    "convert": "other people's traces as workloads",
    "simulate": "two or three systems in time, with distance and disasters",
    "study": "one question, many simulations",
    "serve": "volumes of the model as block devices for real hosts",
    "explore": "random faults against the protocol's promises",
    "speed": "how fast the model is",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    parser = Parser(prog="mirrorlog", description="Reference model of mirrorlog.")
    parser.add_argument("--version", action="version", version=f"mirrorlog {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    try:
        for name, said in COMMANDS.items():
            # one command does not need the packages of the others
            if words[:1] == [name]:
                import_module(f"mirrorlog.{name}.command").add_parser(commands)
            else:
                commands.add_parser(name, help=said)
        arguments = parser.parse_args(words)
        return guarded(lambda: int(arguments.run(arguments)))
    except ModuleNotFoundError as error:
        how = f"pip install {error.name}, or in a checkout: tools/setup.sh python"
        return fail(f"{words[0]} needs the Python package {error.name} ({how})")
    except SystemExit as end:
        return int(end.code or 0)


if __name__ == "__main__":
    sys.exit(main())
