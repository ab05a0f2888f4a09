"""`mirrorlog simulate`: a trace or a synthetic load through two or three systems, with distance and disasters."""

import argparse
import sys
from dataclasses import fields

from mirrorlog.command_line import PICTURE, Progress, choice, fail, number, output_folder, whole
from mirrorlog.processes.maintenance import MaintenanceError
from mirrorlog.simulate.options import add_setting_options, group_settings
from mirrorlog.simulate.scenario import MOST_BYTES, Scenario, SyntheticLoad, TopologyKind, workload
from mirrorlog.simulate.settings import MICROSECOND, SimulationSettings, Site
from mirrorlog.simulate.summary import plot, run, write_out
from mirrorlog.simulate.workload import BLOCK_BYTES, WorkloadError
from mirrorlog.systems.status import describe
from mirrorlog.tables.settings import SettingsError
from mirrorlog.tables.shared_memory import FullPolicy

# An initial copy that is worth a line
LONG_COPY_BYTES = 1 << 30


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser(
        "simulate", help="two or three systems in time, with distance and disasters", description=__doc__
    )
    parser.add_argument(
        "--out", type=output_folder, metavar="DIR", help="write secondary volumes, summary.json and series.csv"
    )
    parser.add_argument("--plot", type=PICTURE, metavar="FILE.png", help="plot occupancy and lag over time")
    parser.add_argument(
        "--status-ms", type=number(0.01, 3_600_000), metavar="T", help="print the status of every group every T ms"
    )
    add_scenario_options(parser)
    parser.set_defaults(run=run_command)


def add_scenario_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a scenario."""
    load, path, group = SyntheticLoad(), SimulationSettings(), Scenario(SyntheticLoad()).group
    parser.add_argument("--trace", metavar="PREFIX", help="recorded trace (default: a synthetic load)")
    parser.add_argument("--writes", type=whole(1, 10_000_000), default=load.writes, help="synthetic load: writes")
    parser.add_argument(
        "--write-bytes", type=whole(0, 1 << 30), default=load.write_bytes, help="synthetic load: bytes of each"
    )
    parser.add_argument(
        "--rate", type=number(0.001, 1e9), default=load.rate, help="synthetic load: writes a second at most"
    )
    parser.add_argument(
        "--burst", type=whole(1, 10_000_000), default=load.burst, metavar="N", help="synthetic load: writes at once"
    )
    parser.add_argument("--volumes", type=whole(1, 1000), default=load.volumes, help="synthetic load: volumes")
    parser.add_argument(
        "--volume-bytes",
        type=whole(0, MOST_BYTES),
        default=load.volume_bytes,
        help="synthetic load: bytes of each, at most 1 TiB together",
    )
    parser.add_argument(
        "--distance-km", type=number(0, 40_000), default=path.distance_km, help="length of the path (5 us/km)"
    )
    parser.add_argument("--gbps", type=number(0.0001, 1e6), default=path.gbps, help="bandwidth of each path")
    parser.add_argument("--paths", type=whole(1, 64), default=path.paths, metavar="N", help="connection paths")
    parser.add_argument(
        "--volume-devices", type=whole(1, 64), default=1, metavar="N", help="storage devices of each data volume"
    )
    for name in ("loss", "corruption", "duplication", "reordering"):
        parser.add_argument(f"--{name}", type=number(0, 0.99), default=0.0, metavar="SHARE", help=f"{name} of packets")
    parser.add_argument(
        "--cut-ms", type=_span, action="append", default=[], metavar="FROM:TO", help="the path is cut, ms of the run"
    )
    parser.add_argument(
        "--degrade-ms",
        type=_span,
        action="append",
        default=[],
        metavar="FROM:TO",
        help="the first journal volume's device is slow, ms of the run",
    )
    parser.add_argument(
        "--resize-ms",
        type=_resize,
        action="append",
        default=[],
        metavar="AT:BYTES",
        help="journal volumes get another capacity, ms of the run",
    )
    parser.add_argument(
        "--slow-volume",
        type=_slow,
        action="append",
        default=[],
        metavar="N:US",
        help="the journals of volume N's group are slow to read: US longer",
    )
    parser.add_argument(
        "--topology",
        type=choice(TopologyKind),
        default=TopologyKind.TWO,
        metavar="WHICH",
        help="two, three (a first system forwards its writes) or three-virtual (the original keeps journals only)",
    )
    parser.add_argument(
        "--first-km", type=number(0, 1000), default=path.first_km, help="from the first system to the original"
    )
    parser.add_argument(
        "--cut-first-ms", type=_span, action="append", default=[], metavar="FROM:TO", help="that path is cut"
    )
    parser.add_argument(
        "--fail",
        type=_disaster,
        default=(path.fails, None),
        metavar="SITE[,SITE]:N",
        help="disaster after the Nth write: the sites first, original, or both are lost",
    )
    parser.add_argument(
        "--fail-original-after",
        type=lambda text: _disaster(f"original:{text}"),
        dest="fail",
        metavar="N",
        help="the same as --fail original:N",
    )
    parser.add_argument(
        "--suspend-at", type=whole(1, 10_000_000), metavar="N", help="replication is suspended after the Nth write"
    )
    parser.add_argument(
        "--resync-at", type=whole(1, 10_000_000), metavar="M", help="and resynchronized by difference after the Mth"
    )
    parser.add_argument(
        "--copy",
        choices=("before", "during"),
        default="before",
        help="initial copy; during: of every byte, minutes for each 16 GiB",
    )
    parser.add_argument("--ungrouped", action="store_true", help="each volume its own group")
    parser.add_argument(
        "--synchronous", action="store_true", help="answer hosts after a round trip, as synchronous copy does"
    )
    parser.add_argument(
        "--journal-bytes", type=whole(0, 1 << 28), default=4 << 20, help="capacity of each journal volume"
    )
    parser.add_argument("--policy", type=choice(FullPolicy), default=FullPolicy.STALL, help="stall, suspend or error")
    parser.add_argument(
        "--watch-ms", type=number(0, 3_600_000), default=10_000.0, help="how long a write waits for room (policy stall)"
    )
    parser.add_argument("--seed", type=whole(0, 1 << 63), default=1, help="seed of every random choice")
    add_setting_options(parser, group)


def scenario(arguments: argparse.Namespace) -> Scenario:
    """Return the scenario that the options describe. Raises SettingsError or WorkloadError."""
    synthetic = SyntheticLoad(
        arguments.writes,
        arguments.write_bytes,
        arguments.rate,
        arguments.volumes,
        arguments.volume_bytes,
        arguments.burst,
    )
    status: float | None = getattr(arguments, "status_ms", None)
    simulation = SimulationSettings(
        distance_km=arguments.distance_km,
        gbps=arguments.gbps,
        paths=arguments.paths,
        volume_devices=arguments.volume_devices,
        loss=arguments.loss,
        corruption=arguments.corruption,
        duplication=arguments.duplication,
        reordering=arguments.reordering,
        cuts=tuple(arguments.cut_ms),
        degraded=tuple(arguments.degrade_ms),
        resizes=tuple(arguments.resize_ms),
        fails=arguments.fail[0],
        fail_after=arguments.fail[1],
        first_km=arguments.first_km,
        first_cuts=tuple(arguments.cut_first_ms),
        suspend_at=arguments.suspend_at,
        resync_at=arguments.resync_at,
        status_every=None if status is None else int(status * 1000 * MICROSECOND),
        copy_before=arguments.copy == "before",
        synchronous=arguments.synchronous,
        slow=dict(arguments.slow_volume),
    )
    return Scenario(
        workload(arguments.trace, synthetic),
        simulation,
        group_settings(arguments, Scenario(SyntheticLoad()).group),
        arguments.journal_bytes,
        arguments.policy,
        int(arguments.watch_ms * 1000 * MICROSECOND),
        arguments.ungrouped,
        arguments.seed,
        arguments.topology,
    )


def run_command(arguments: argparse.Namespace) -> int:
    """Simulate; returns the exit status: 0, or 2 for bad options or a bad trace."""
    try:
        todo = scenario(arguments)
        if not todo.simulation.copy_before and todo.volume_bytes() >= LONG_COPY_BYTES:
            size = f"{todo.volume_bytes():,} bytes"
            print(f"initial copy of {size}: takes minutes for each 16 GiB", file=sys.stderr, flush=True)
        with Progress() as progress:
            simulation, summary = run(todo, progress)
        if arguments.out is not None:
            write_out(arguments.out, simulation, summary)
        if arguments.plot is not None:
            plot(arguments.plot, simulation)
    except (SettingsError, WorkloadError, MaintenanceError) as error:
        return fail(error)
    for time, status in simulation.operator.measured.statuses:
        print(f"{time / 1e6:.3f} ms: {describe(status)}")
    print(f"seed {arguments.seed}")
    for setting in fields(summary):
        value = getattr(summary, setting.name)
        print(f"{setting.name:<24} {value:.3f}" if isinstance(value, float) else f"{setting.name:<24} {value}")
    return 0


def _disaster(text: str) -> tuple[frozenset[Site], int]:
    names, _, after = text.rpartition(":")
    sites = {site.value: site for site in Site}
    lost = names.split(",")
    if not set(lost) <= sites.keys() or len(set(lost)) != len(lost) or not after.lstrip("-").isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no disaster: {' or '.join(sites)}, both with a comma, then :N")
    return frozenset(sites[name] for name in lost), whole(0, 10_000_000)(after)


def _milliseconds(text: str) -> int:
    return int(number(0, 3_600_000)(text) * 1000 * MICROSECOND)


def _parts(text: str, names: str) -> tuple[str, str]:
    first, separator, second = text.partition(":")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is no {names}")
    return first, second


def _span(text: str) -> tuple[int, int]:
    begin, end = map(_milliseconds, _parts(text, "FROM:TO"))
    if begin >= end:
        raise argparse.ArgumentTypeError(f"{text!r}: the end must be behind the begin")
    return begin, end


def _resize(text: str) -> tuple[int, int]:
    time, size = _parts(text, "AT:BYTES")
    return _milliseconds(time), whole(BLOCK_BYTES, 1 << 28)(size)


def _slow(text: str) -> tuple[int, int]:
    volume, time = _parts(text, "N:US")
    return whole(0, 65535)(volume), int(number(0, 1e9)(time) * MICROSECOND)
