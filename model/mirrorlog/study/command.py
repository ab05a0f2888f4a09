"""`mirrorlog study`: one question, many simulations, one table and one picture."""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol, TypeVar

from mirrorlog.command_line import PICTURE, Progress, Terminated, fail, output, write_whole
from mirrorlog.processes.maintenance import MaintenanceError
from mirrorlog.simulate.command import add_scenario_options, scenario
from mirrorlog.simulate.scenario import SyntheticLoad
from mirrorlog.simulate.settings import NANOSECONDS_PER_KM
from mirrorlog.simulate.summary import Summary, run
from mirrorlog.simulate.workload import WorkloadError
from mirrorlog.study import journal_size as study_journal_size
from mirrorlog.study import paths as study_paths
from mirrorlog.study import sites as study_sites
from mirrorlog.tables.settings import GroupSettings, ReadMode, SettingsError

DISTANCE_DEFAULTS: dict[str, float] = {"gbps": 10.0, "writes": 8000, "rate": 20_000.0}
DISTANCES = (0, 10, 50, 100, 250, 500, 1000, 2000, 4000, 8000)
SYNCHRONOUS_WRITES = 200
"""Enough of a synthetic load to see what synchronous copy does; more would take a round trip each."""

Row = dict[str, dict[str, float]]
R = TypeVar("R")


class Study(Protocol):
    """A module that answers one question: `rows` runs its simulations, `table` and `plot` show them."""

    DEFAULTS: dict[str, float]

    def rows(self, arguments: argparse.Namespace, progress: Progress, /) -> Iterator[dict[str, float]]:
        """Yield what the simulations showed, and say meanwhile how far they are."""

    def table(self, found: list[dict[str, float]], /) -> list[str]:
        """Return the lines of a table."""

    def plot(self, file: Path, found: list[dict[str, float]], /) -> None:
        """Plot it."""


STUDIES: dict[str, Study] = {"journal-size": study_journal_size, "paths": study_paths, "sites": study_sites}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("study", help="one question, many simulations", description=__doc__)
    parser.add_argument(
        "what",
        choices=("distance", *STUDIES),
        help="distance: journal replication beside synchronous copy; journal-size: occupancy and stalls against the"
        " journal's size and bursts; paths: several connection paths at once; sites: what two and three systems"
        " lose in each disaster",
    )
    parser.add_argument("--out", type=output(".json"), metavar="FILE.json", help="write the table")
    parser.add_argument("--plot", type=PICTURE, metavar="FILE.png", help="plot it")
    add_scenario_options(parser)
    parser.set_defaults(run=run_command, rate=None, writes=None, gbps=None, journal_bytes=64 << 20)


def run_command(arguments: argparse.Namespace) -> int:
    """Study; returns the exit status: 0, or 2 for bad options or a bad trace."""
    study = STUDIES.get(arguments.what)
    for name, value in (DISTANCE_DEFAULTS if study is None else study.DEFAULTS).items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    try:
        if study is not None:
            return _run_study(study, arguments)
        _run(
            lambda progress: distance(arguments, progress),
            lambda rows: _table(rows, arguments.out),
            _plot,
            arguments.plot,
        )
    except (SettingsError, WorkloadError, MaintenanceError) as error:
        return fail(error)
    return 0


def _run(
    work: Callable[[Progress], Iterator[R]],
    show: Callable[[list[R]], object],
    plot: Callable[[Path, list[R]], None],
    file: Path | None,
) -> None:
    """Do the work row by row, show the rows, and plot them into a file.

    Of an interrupted study the whole rows are shown.
    """
    rows = list[R]()
    try:
        with Progress() as progress:
            for row in work(progress):
                rows.append(row)
    except (KeyboardInterrupt, Terminated):
        if rows:
            show(rows)
        raise
    show(rows)
    if file is not None:
        write_whole(file, lambda part: plot(part, rows))


def _table(rows: list[tuple[int, Row]], out: Path | None) -> None:
    if out is not None:
        _write(out, [{**row, "km": km} for km, row in rows])
    print(f"{'':>6}   {'host latency p50, us':^23} {'writes a second':^23} {'behind max, ms':>15}")
    print(f"{'km':>6}   {'journal':>11} {'synchronous':>11} {'journal':>11} {'synchronous':>11} {'journal':>15}")
    for km, row in rows:
        journal, synchronous = row["journal"], row["synchronous"]
        latency, rate = "host_latency_p50_us", "writes_per_second"
        columns = (
            f"{journal[latency]:>11.1f} {synchronous[latency]:>11.1f} {journal[rate]:>11.0f} {synchronous[rate]:>11.0f}"
        )
        print(f"{km:>6}   {columns} {journal['rpo_max_ms']:>15.2f}")


def _write(file: Path, rows: object) -> None:
    text = json.dumps(rows, indent=2) + "\n"
    write_whole(file, lambda part: part.write_text(text, encoding="utf-8"))


def _run_study(study: Study, arguments: argparse.Namespace) -> int:
    def show(rows: list[dict[str, float]]) -> None:
        if arguments.out is not None:
            _write(arguments.out, rows)
        print("\n".join(study.table(rows)))

    _run(
        lambda progress: study.rows(arguments, progress),
        show,
        study.plot,
        arguments.plot,
    )
    return 0


def distance(arguments: argparse.Namespace, progress: Progress) -> Iterator[tuple[int, Row]]:
    """Run journal replication and synchronous copy over each distance, the settings else as given."""
    base = scenario(arguments)
    for km in DISTANCES:
        row: Row = {}
        for name, synchronous in (("journal", False), ("synchronous", True)):
            simulation = replace(base.simulation, distance_km=float(km), synchronous=synchronous)
            group = _patient(base.group, km)
            load = base.load
            if synchronous and isinstance(load, SyntheticLoad):
                load = replace(load, writes=min(load.writes, SYNCHRONOUS_WRITES))
            todo = replace(base, load=load, simulation=simulation, group=group)
            row[name] = _numbers(run(todo, progress.within(f"{km} km, {name}"))[1])
        yield km, row


def _patient(group: GroupSettings, km: int) -> GroupSettings:
    """Fill the path: give commands the time that the round trip needs, and keep enough of them in flight."""
    timeout = max(group.timeout, 4 * km * NANOSECONDS_PER_KM)
    if group.mode is ReadMode.PLAIN:
        return replace(group, timeout=timeout)
    return replace(
        group, timeout=timeout, commands=max(group.commands, 32), batch_journals=max(group.batch_journals, 128)
    )


def _numbers(summary: Summary) -> dict[str, float]:
    return {name: float(value) for name, value in asdict(summary).items() if isinstance(value, int | float)}


def _plot(file: Path, rows: list[tuple[int, Row]]) -> None:
    from matplotlib.figure import Figure

    distances = [km for km, _ in rows]
    figure = Figure(figsize=(12, 4), layout="constrained")
    latency, rate, behind = figure.subplots(1, 3)
    for name, label in (("journal", "journal replication"), ("synchronous", "synchronous copy")):
        latency.plot(distances, [row[name]["host_latency_p50_us"] for _, row in rows], marker="o", label=label)
        rate.plot(distances, [row[name]["writes_per_second"] for _, row in rows], marker="o", label=label)
    behind.plot(distances, [row["journal"]["rpo_max_ms"] for _, row in rows], marker="o", label="longest, journal")
    behind.plot(distances, [row["journal"]["rpo_p50_ms"] for _, row in rows], marker="o", label="median, journal")
    for axes, title in ((latency, "host latency, us"), (rate, "writes a second"), (behind, "secondary behind, ms")):
        axes.set_title(title)
        axes.set_xlabel("distance, km")
        axes.legend()
    latency.set_yscale("log")
    rate.set_yscale("log")
    figure.savefig(file, dpi=110)
