"""`make sim`: replays a recorded workload through the RTL in lock-step with the model.

    python -m tb.sim [NAME=VALUE]...

The names are those of tb/running/options.py. Exit status: 0 everything was equal, 1 it was not, 2 it could not be
tried.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from mirrorlog.command_line import Progress, fail, guarded
from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.simulate.workload import RequestKind, Workload, WorkloadError
from tb.config.files import FolderInUse, beside, locked
from tb.config.settings import (
    Activity,
    Parameters,
    PathBehaviour,
    ReadMode,
    Replication,
    Settings,
    replication_layout,
    two_systems,
)
from tb.environment.sequences import workload_commands
from tb.handles.board import FAILURE, USED, LinkUse
from tb.link.frames import Hello, LinkError
from tb.report.replication_figures import figures
from tb.report.run_picture import write_page
from tb.report.run_trace import RunTrace
from tb.running.options import OptionError, Options, parse
from tb.running.processes import SimulationError
from tb.running.progress import show_progress
from tb.running.snapshots import ICARUS_ONLY
from tb.running.system_run import CAPTURE, Outcome, SystemRun, simulate
from tb.running.target import ask, check_memories, fitted, limits, line_cycles, link_cycles, parameters_of

JOURNAL_VOLUME = 4
MODULE = "tb.scenarios.replay,tb.scenarios.replicate"
TESTS = {1: ("Replay",), 2: ("Replicate",)}
# Beside what an answer needs to come over the path
TIMEOUT_CYCLES = 20_000
LIMIT_SECONDS = 3600.0
# A device of the bench is an array in the simulator's memory
LARGEST_DEVICE_BYTES = 256 << 20


def settings_for(options: Options, workload: Workload, hello: Hello | None = None) -> Settings:
    """Return the bench's settings: the specification's example with the trace's volumes; `hello`: what the board is.
    Raises OptionError."""
    most = Parameters().volumes if hello is None else hello.volumes
    if JOURNAL_VOLUME in workload.volumes or max(*workload.volumes, JOURNAL_VOLUME) >= most:
        raise OptionError(
            f"TRACE={options.trace}: volumes must be numbered 0 to {most - 1},"
            f" without {JOURNAL_VOLUME}, which is the journal volume"
        )
    if options.crash_at > workload.writes:
        raise OptionError(f"CRASH_AT={options.crash_at}: the trace has {workload.writes} writes")
    capacities = {number: image.size for number, image in workload.volumes.items()}
    if sum(capacities.values()) > LARGEST_DEVICE_BYTES:
        raise OptionError(
            f"TRACE={options.trace}: volumes of {sum(capacities.values())} bytes together, the bench's device has"
            f" {LARGEST_DEVICE_BYTES} at most (mirrorlog convert --volume-bytes, --scale)"
        )
    page = options.data_width // 8
    built = {"data_width": options.data_width, "max_transfer_bytes": options.max_transfer_bytes}
    parameters = Parameters(
        **(built if hello is None else parameters_of(options, hello)),
        device0_bytes=-(-sum(capacities.values()) // page) * page,
        # so that runs with smaller journals share a build
        device1_bytes=max(Parameters().device1_bytes, -(-options.journal_bytes // page) * page),
    )
    layout = replication_layout(
        capacities, options.journal_bytes, options.policy, options.watch_time, journal_volume=JOURNAL_VOLUME
    )
    trace = str(Path(options.trace).resolve())
    settings = Settings(parameters, layout=layout, trace=trace, repeat=options.repeat(), target=options.target)
    if hello is not None:
        check_memories((layout,), hello)
    return settings if options.systems == 1 else _with_secondary(settings, options, hello)


def _with_secondary(settings: Settings, options: Options, hello: Hello | None) -> Settings:
    """Return the settings with a second system, to which everything is copied."""
    path = PathBehaviour(
        options.delay, options.bandwidth, 100, options.drop, options.corrupt, options.duplicate, options.reorder
    )
    replication = Replication(0, 0, Activity.RETRY, read_mode=options.mode, copy_unit=options.max_transfer_bytes)
    if hello is not None:
        replication = replace(replication, **limits(hello))
    if options.mode is ReadMode.PLAIN:
        replication = replace(replication, commands=1)
    # an answer counts as lost when all batches in flight could have come twice
    beats = replication.commands * replication.batch_bytes * 8 // options.data_width
    timeout = 2 * options.delay + TIMEOUT_CYCLES + 2 * beats * 100 // options.bandwidth
    if hello is not None:
        timeout += link_cycles(hello, replication.commands * replication.batch_bytes)
    numbers = settings.parameters.system_number, settings.parameters.system_number + 1
    original, secondary = two_systems(settings.layout, replace(replication, timeout=timeout), *numbers)
    return replace(
        settings,
        parameters=replace(settings.parameters, systems=2, model=options.model),
        layout=original,
        second=secondary,
        path=path,
        crash_at=options.crash_at,
        copy_before=options.copy_before,
    )


def replay(
    options: Options, folder: Path, hello: Hello | None = None, **changes: Any
) -> tuple[dict[str, Any], Outcome]:
    """Replay a trace, on the board that says `hello` if the options have a target; `changes` replace fields of the
    SystemRun. Returns what summary.json holds, and the outcome.

    Raises WorkloadError, OptionError, SimulationError.
    """
    workload = Workload.load(options.trace)
    settings = settings_for(options, workload, hello)
    first = settings.parameters.system_number
    images = {(first, 0): b"".join(image.whole() for _, image in sorted(workload.volumes.items()))}
    todo = SystemRun(
        MODULE,
        folder,
        settings,
        options.seed,
        simulator=options.sim,
        waves=options.waves,
        snapshot=options.snapshot,
        images=images,
        tests=TESTS[options.systems],
        limit_seconds=LIMIT_SECONDS,
    )
    outcome = simulate(replace(todo, **changes))
    kinds = [request.kind for request in workload.requests]
    summary = {
        "trace": options.trace,
        "simulator": options.sim,
        "seed": options.seed,
        "data_width": options.data_width,
        "host_writes": kinds.count(RequestKind.WRITE),
        "host_reads": kinds.count(RequestKind.READ),
        "host_commands": sum(1 for _ in workload_commands(workload, options.max_transfer_bytes)),
        "journals_created": outcome.count(
            Process.COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED
        ),
        "commit_records": outcome.records,
        "mismatches": int(bool(outcome.failure)),
        "cycles": outcome.cycles,
        "bytes_written": sum(r.size for r in workload.requests if r.kind is RequestKind.WRITE),
        "wall_seconds": round(outcome.wall_seconds, 2),
        "passed": not outcome.failure,
    }
    trace = RunTrace.read(folder / "capture.jsonl")
    if not outcome.failure and not trace.ended:
        raise SimulationError(f"{folder / 'capture.jsonl'}: has no end: nothing can be said of a part of a run")
    if options.systems > 1:
        summary |= replication_summary(folder, trace, options, first)
        summary["passed"] = not outcome.failure and summary["secondary_equal"] is not False
    if hello is not None:
        summary |= link_summary(folder, hello)
    write_page(trace, folder / "run.html", f"{Path(options.trace).name}: {_passed(summary)}", summary)
    return summary, outcome


def replication_summary(folder: Path, trace: RunTrace, options: Options, first: int = 1) -> dict[str, Any]:
    """Return what is known of the copy: what the simulation left, and figures of the capture. `first` is the original
    system's number."""
    file = folder / "capture.replication"
    judged = json.loads(file.read_text()) if file.exists() else {}
    found = figures(trace, first, first + 1, options.bandwidth / 100)
    found |= {name: judged.get(name) for name in ("restored_writes", "looks")}
    if options.crash_at:
        found["consistent"] = judged.get("consistent")
    # a copy that never was whole is not to be equal to anything
    whole = judged.get("consistent", True)
    found["secondary_equal"] = bool(judged.get("secondary_equal", False)) if whole else None
    return found


def link_summary(folder: Path, hello: Hello) -> dict[str, Any]:
    """Return what went over the link, and which share of its time the dearer direction took while hosts waited for
    answers; nothing of a run that did not come to its end."""
    file = folder / f"capture.{USED}"
    if not file.exists():
        return {}
    used = LinkUse(**json.loads(file.read_text()))
    shares = {"link_received_bytes": used.received, "link_sent_bytes": used.sent}
    return shares | {"link_utilization": round(line_cycles(hello, used.dearer) / max(1, used.busy), 4)}


def _passed(summary: dict[str, Any]) -> str:
    return "passed" if summary["passed"] else "failed"


def show(summary: dict[str, Any], folder: Path) -> None:
    """Print the table that ends a run."""
    for name, value in summary.items():
        print(f"{name:<22} {value:>14,}" if type(value) is int else f"{name:<22} {value!s:>14}")
    print(f"picture: {folder}/run.html")
    print(f"files in {folder}/: capture.jsonl and its data, device dumps, simulation.log")


def main(arguments: list[str]) -> int:
    """Run; return the exit status."""
    try:
        options = parse(arguments)
        workload = Workload.load(options.trace)
        hello = ask(options.target) if options.target else None
        if hello is not None:
            options = fitted(options, hello)
        settings_for(options, workload, hello)  # before anything is written
        with locked(Path(options.out), "wait for it, or give this run a folder of its own: OUT=build/other"):
            return _run(options, hello)
    except (OptionError, WorkloadError, FolderInUse) as error:
        return fail(error)
    except LinkError as error:
        return fail(f"TARGET={error}")
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _run(options: Options, hello: Hello | None = None) -> int:
    folder = Path(options.out)
    prefix = folder.resolve() / CAPTURE
    file = folder / "summary.json"
    # what an earlier run left is none of one that does not come to its end
    lost = beside(prefix, FAILURE)
    for left in (file, folder / "run.html", beside(prefix, "progress"), lost):
        left.unlink(missing_ok=True)
    print(f"seed {options.seed}, building for {options.sim}", flush=True)
    if options.snapshot and options.sim != "icarus" and not options.waves:
        print(f"{ICARUS_ONLY}: waves need WAVES=1", flush=True)
    with Progress() as progress:
        summary, outcome = replay(options, folder.resolve(), hello, poll=lambda: show_progress(prefix, progress))
    if lost.exists():
        return fail(f"TARGET={lost.read_text().strip()}; the capture up to there: {folder}/capture.jsonl")
    file.write_text(json.dumps(summary, indent=2) + "\n")
    if outcome.failure:
        print(outcome.failure)
    show(summary, folder)
    if options.waves:
        print(f"waves: {folder}/{'dump.vcd' if options.sim == 'verilator' else 'waves.fst'}")
    return 0 if summary["passed"] else 1


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
