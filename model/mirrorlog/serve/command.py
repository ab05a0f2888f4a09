"""`mirrorlog serve`: the volumes of two systems of the model as block devices for real hosts (docs/hosts.md)."""

import argparse

from mirrorlog.command_line import fail, whole
from mirrorlog.serve.hosts import COMMANDS
from mirrorlog.serve.model_run import ModelRun, RunSettings
from mirrorlog.serve.serving import Served, ServeError, add_options


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("serve", help="volumes of the model as block devices (NBD)", description=__doc__)
    add_options(parser, RunSettings().volume_bytes)
    parser.add_argument(
        "--max-transfer-bytes", type=whole(512, 1 << 24), default=16384, help="larger requests are divided"
    )
    parser.add_argument(
        "--secondary-reads", action="store_true", help="hosts may read secondary volumes before the takeover"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve; returns the exit status: 0, or 2 if hosts cannot be served."""
    if arguments.volume_bytes % 512 or arguments.journal_bytes % 512:
        return fail("volume_bytes and journal_bytes must be multiples of 512")
    arguments.out.mkdir(parents=True, exist_ok=True)
    settings = RunSettings(
        arguments.systems,
        arguments.volumes,
        arguments.volume_bytes,
        arguments.journal_bytes,
        arguments.max_transfer_bytes,
        arguments.policy,
        arguments.watch_time,
        arguments.delay,
        arguments.secondary_reads,
    )
    gate, capture = arguments.out / "gate", arguments.out / "capture.jsonl"
    served = Served(arguments, gate)
    try:
        served.check()
        serving = ModelRun(settings, capture, gate)
    except ServeError as error:
        return fail(error)
    except ValueError as error:
        return fail(f"{error} (journal_bytes, volume_bytes, max_transfer_bytes)")
    try:
        served.start()
        names = " ".join(export.name for export in serving.hosts.exports)
        print(f"{served.url} serves {names}\ncommands: {COMMANDS}", flush=True)
        with served.told():
            serving.run()
    except ServeError as error:
        return fail(error)
    finally:
        served.stop()
        serving.close()
    option = "--secondary-reads " if arguments.secondary_reads else ""
    print(f"capture: {capture} (mirrorlog compare {option}{capture})")
    return 0
