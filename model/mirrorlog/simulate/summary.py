"""What a simulation showed: numbers, time series and a plot."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from mirrorlog.command_line import Progress, write_whole
from mirrorlog.simulate.scenario import Scenario
from mirrorlog.simulate.settings import MICROSECOND, SECOND
from mirrorlog.simulate.simulation import Simulation
from mirrorlog.simulate.workload import CHANGES, Request
from mirrorlog.systems.status import describe
from mirrorlog.tables.units import NONE


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of one run. Latencies in µs, RPO (how much the secondary is behind) in ms, shares from 0 to 1.

    `hosts_at` is the site where hosts go on; `lost_writes` are acknowledged ones that they do not find there.
    `recovery_points` are, by volume, how many of the hosts' writes had come at the moment that its secondary copy
    shows; `restored_writes` is the smallest of them.

    `changed_bytes` is what the maps of changed blocks had marked when resynchronization was asked for,
    `resynchronized_bytes` what it copied; `suspended_ms` is from the suspension until then, `inconsistent_ms` from then
    until the copy was consistent again (-1: it was not, or nothing was asked for).
    """

    topology: str
    hosts_at: str
    consistent: bool
    host_writes: int
    acknowledged: int
    refused: int
    restored_writes: int
    recovery_points: dict[int, int]
    lost_writes: int
    host_latency_p50_us: float
    host_latency_p99_us: float
    host_latency_max_us: float
    writes_per_second: float
    rpo_p50_ms: float
    rpo_p99_ms: float
    rpo_max_ms: float
    journal_occupancy_max: float
    path_utilization: float
    stalls: int
    journal_bytes: int
    second_copy_bytes: int
    seconds: float
    changed_bytes: int = 0
    resynchronized_bytes: int = 0
    suspended_ms: float = -1.0
    inconsistent_ms: float = -1.0


def run(scenario: Scenario, progress: Progress | None = None) -> tuple[Simulation, Summary]:
    """Build and run a scenario, take over at the secondary system, and sum up."""
    simulation = scenario.build()
    simulation.run(_shown(scenario, progress) if progress else scenario.requests())
    return simulation, summarize(scenario, simulation, simulation.takeover())


def _shown(scenario: Scenario, progress: Progress) -> Iterator[tuple[Request, bytes]]:
    """Yield the hosts' requests, and say how many of their writes have come."""
    writes = 0
    for request, data in scenario.requests():
        progress("host writes", writes, scenario.load.writes)
        writes += request.kind in CHANGES
        yield request, data


def summarize(scenario: Scenario, simulation: Simulation, consistent: dict[int, bool]) -> Summary:
    """Sum up a simulation that has run and been taken over; `consistent` is what takeover answered for each group."""
    measured, operated = simulation.measured, simulation.operator.measured
    points = simulation.recovery_points()
    restored = min(points.values())
    latencies = sorted(measured.latencies)
    behind = sorted(sample[3] for sample in measured.samples if sample[0] <= measured.last_answer)
    links = simulation.topology.links.values()
    journal_bytes = sum(sum(link.journal_bytes) for link in links)
    most = max((max(sample[1], sample[2]) for sample in measured.samples), default=0)
    volumes = [volume for volume in simulation.topology.systems[1].shared.volumes if volume.pair != NONE]
    seconds = simulation.now / SECOND
    hosts_at = simulation.hosts_at()
    stayed = hosts_at == "first" and 1 in simulation.topology.lost
    return Summary(
        topology=scenario.topology.value,
        hosts_at=hosts_at,
        consistent=all(consistent.values()),
        host_writes=measured.issued,
        acknowledged=measured.acknowledged,
        refused=measured.refused,
        restored_writes=restored,
        recovery_points={volume: points[group] for volume, group in simulation.groups.items()},
        lost_writes=0 if stayed else max(0, measured.acknowledged - restored),
        host_latency_p50_us=_part(latencies, 0.5) / MICROSECOND,
        host_latency_p99_us=_part(latencies, 0.99) / MICROSECOND,
        host_latency_max_us=_part(latencies, 1) / MICROSECOND,
        writes_per_second=measured.acknowledged * SECOND / measured.last_answer if measured.last_answer else 0.0,
        rpo_p50_ms=_part(behind, 0.5) / 1e6,
        rpo_p99_ms=_part(behind, 0.99) / 1e6,
        rpo_max_ms=_part(behind, 1) / 1e6,
        journal_occupancy_max=2 * most / journal_bytes,
        path_utilization=measured.path_bytes * 8 / (scenario.simulation.all_gbps() * max(1, simulation.now)),
        stalls=measured.stalls,
        journal_bytes=journal_bytes,
        second_copy_bytes=sum(volume.capacity for volume in volumes),
        seconds=seconds,
        changed_bytes=operated.changed,
        resynchronized_bytes=simulation.operator.resynchronized_bytes(),
        suspended_ms=_span(operated.suspended_at, operated.asked_at),
        inconsistent_ms=_span(operated.asked_at, operated.consistent_at),
    )


def write_out(folder: Path, simulation: Simulation, summary: Summary) -> None:
    """Write the secondary volumes (`volumeN.img`), those of the first of three systems, if it is left
    (`first_volumeN.img`), `summary.json` and `series.csv` into a folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for link in simulation.topology.links.values():
        for volume in link.volumes:
            _write_image(folder / f"volume{volume}.img", simulation, link.secondary, volume)
            if link.first is not None and link.first not in simulation.topology.lost:
                _write_image(folder / f"first_volume{volume}.img", simulation, link.first, volume)
    _write_text(folder / "summary.json", json.dumps(asdict(summary), indent=2) + "\n")
    statuses = simulation.operator.measured.statuses
    if statuses:
        lines = (f"{time / 1e6:.3f} ms: {describe(status)}\n" for time, status in statuses)
        _write_text(folder / "status.txt", "".join(lines))
    series = StringIO()
    writer = csv.writer(series)
    writer.writerow(["time_ns", "original_journal_bytes", "secondary_journal_bytes", "rpo_ns"])
    writer.writerows(simulation.measured.samples)
    _write_text(folder / "series.csv", series.getvalue())


def _write_text(file: Path, text: str) -> None:
    write_whole(file, lambda part: part.write_text(text, encoding="utf-8", newline=""))


def _write_image(file: Path, simulation: Simulation, system: int, volume: int) -> None:
    """Write a volume; a file system keeps no room for what is zero."""

    def write(part: Path) -> None:
        with part.open("wb") as written:
            for at, piece in simulation.topology.pieces(system, volume):
                written.seek(at)
                written.write(piece)
            written.truncate(simulation.topology.systems[system].shared.volumes[volume].capacity)

    write_whole(file, write)


def plot(file: Path, simulation: Simulation) -> None:
    """Plot occupancy and RPO over time."""
    from matplotlib.figure import Figure

    samples = simulation.measured.samples
    times = [sample[0] / 1e6 for sample in samples]
    figure = Figure(figsize=(9, 6), layout="constrained")
    rings, behind = figure.subplots(2, 1, sharex=True)
    rings.plot(times, [sample[1] / 1024 for sample in samples], label="original")
    rings.plot(times, [sample[2] / 1024 for sample in samples], label="secondary")
    rings.set_ylabel("journals, KiB")
    rings.legend()
    behind.plot(times, [sample[3] / 1e6 for sample in samples], color="tab:red")
    behind.set_ylabel("secondary behind, ms")
    behind.set_xlabel("time, ms")
    write_whole(file, figure.savefig)


def _span(begin: int, end: int) -> float:
    """Return the ms between two times, -1 if one of them did not come."""
    return -1.0 if min(begin, end) < 0 else (end - begin) / 1e6


def _part(ordered: Sequence[int], share: float) -> int:
    """Return the value that `share` of the ordered values do not exceed; 0 if there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
