"""The part of `make benchmark` that has two systems: how much of the path, of the storage devices and of the
host's time replication takes.

The figures are in cycles, the same on every simulator; Verilator takes seconds for what Icarus takes minutes for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.tables.shared_memory import PairState, VolumeState
from tb.benchmark.run import BEHAVIOUR, FOLDER, run_load
from tb.config.files import beside
from tb.config.settings import (
    MEBIBYTE,
    Activity,
    Group,
    Layout,
    Pair,
    Parameters,
    PathBehaviour,
    Replication,
    Settings,
    Volume,
    two_systems,
)
from tb.report.figures import ENTRY_BYTES, Capture
from tb.report.replication_figures import part
from tb.report.run_series import series
from tb.report.run_trace import RunTrace

SIMULATOR = "verilator"
ORIGINAL, SECONDARY = 1, 2
DATA_DEVICE, JOURNAL_DEVICE = 0, 1
GROUP = 1
DATA_WIDTH = 512
BEAT_BYTES = DATA_WIDTH // 8
PAGE = 4096
BATCH_BYTES, BATCH_JOURNALS = 65536, 64
# Of the systems: enough for a round trip of LONG cycles
COMMANDS, WINDOW = 64, 4096
# Commands in flight on a path without delay
LEAST_COMMANDS = 4
SHORT, LONG = 0, 20_000
# Measured is what comes so many cycles and round trips after the first journals were sent: by then rings and queues
# have filled, and commands, which ask for what fits into a packet once a first answer has come, are all in flight
SETTLE_CYCLES, SETTLE_ROUND_TRIPS = 80_000, 6
# Parts of a run at whose ends rings are looked at
COLUMNS = 400

PATH_TARGETS = {4096: 95.0, 512: 85.0}
LONG_PATH_TARGET = 90.0
RESTORE_TARGET = 90.0
GROWTH_TARGET = 1.0
THROUGHPUT_TARGET = 90.0
P99_TARGET = 8.0


@dataclass(frozen=True, slots=True)
class Load:
    """Host writes of `size` bytes, back to back or with `gap` (LEAST-MOST cycles) between them, over a path of
    `round_trip` cycles."""

    count: int
    size: int
    round_trip: int
    gap: str = ""

    @property
    def name(self) -> str:
        """Of the run's folder."""
        return f"replication-{self.size}-{self.round_trip}" + ("-apart" if self.gap else "")

    @property
    def batch_journals(self) -> int:
        """Journals that fill a packet."""
        return min(BATCH_JOURNALS, BATCH_BYTES // self.size)

    @property
    def commands(self) -> int:
        """Enough to fill the round trip and a quarter more, beside those that a path without delay needs."""
        packet_beats = self.batch_journals * (self.size + ENTRY_BYTES) // BEAT_BYTES
        return min(COMMANDS, LEAST_COMMANDS + self.round_trip * 5 // (4 * packet_beats))


SATURATING = (
    Load(1630, 4096, SHORT),
    Load(11_750, 512, SHORT),
    Load(3620, 4096, LONG),
    Load(26_000, 512, LONG),
)
APART = (Load(400, 4096, SHORT, "64-192"), Load(400, 4096, LONG, "64-192"))


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure beside its target, which is to be reached (`least`) or not to be exceeded; None: no target."""

    name: str
    value: float
    unit: str
    target: float | None
    least: bool = True

    @property
    def met(self) -> bool:
        """Is the figure as it should be?"""
        if self.target is None:
            return True
        return self.value >= self.target if self.least else self.value <= self.target


def settings(load: Load) -> Settings:
    """One volume of 1 MiB that both systems hold, and journal volumes that no load fills."""
    information, data = 2 * MEBIBYTE, 11 * MEBIBYTE
    capacity = MEBIBYTE
    volumes = (
        Volume(1, capacity, DATA_DEVICE, 0, VolumeState.ORIGINAL, 1),
        Volume(4, information + data, JOURNAL_DEVICE, 0),
    )
    layout = Layout(volumes, (Pair(1, 1, GROUP),), (Group(GROUP, 4, (1,), information, data),))
    replication = Replication(
        0,
        0,
        Activity.RETRY,
        batch_journals=load.batch_journals,
        batch_bytes=BATCH_BYTES,
        commands=load.commands,
        timeout=200_000,
    )
    original, secondary = (_copied(half, capacity) for half in two_systems(layout, replication))
    parameters = Parameters(
        systems=2,
        data_width=DATA_WIDTH,
        commands=COMMANDS,
        window=WINDOW,
        device0_bytes=capacity,
        device1_bytes=information + data,
    )
    trace = f"writes:{load.count}:{load.size}" + (f":{load.gap}" if load.gap else "")
    return Settings(
        parameters,
        BEHAVIOUR,
        original,
        trace=trace,
        drain_lines=0,
        second=secondary,
        path=PathBehaviour(delay=load.round_trip // 2),
    )


def _copied(layout: Layout, capacity: int) -> Layout:
    """Initial copy has ended: the volumes are equal."""
    pairs = (replace(pair, state=PairState.NORMAL, copy_complete_address=capacity) for pair in layout.pairs)
    return replace(layout, pairs=tuple(pairs))


@dataclass(frozen=True, slots=True)
class Replicated:
    """A run: its load, its capture, and the cycles that are measured: from `begin`, when everything has settled, to
    `end`, the last answer to the host."""

    load: Load
    capture: Capture
    file: Path
    begin: int
    end: int

    @classmethod
    def run(cls, load: Load, seed: int, simulator: str = SIMULATOR) -> "Replicated":
        """Simulate, and check the capture. Raises SimulationError."""
        capture = run_load(load.name, settings(load), seed, simulator)
        file = FOLDER / load.name / "capture.jsonl"
        first = next(cycle for cycle, size in _packets_out(capture) if size > 2 * ENTRY_BYTES)
        end = max(event["cycle"] for event in capture.of_system(ORIGINAL).of("host_response"))
        begin = first + SETTLE_CYCLES + SETTLE_ROUND_TRIPS * load.round_trip
        return cls(load, capture, file, begin, end)

    def path_data(self) -> tuple[float, float]:
        """Return the share of the path's beats that carried write data, and its share of what journals' packets
        carried, from the end of the first such packet that is measured to the end of the last."""
        data = beside(self.file.with_suffix(""), f"path{ORIGINAL}_out").read_bytes()
        packets = []
        at = 0
        for cycle, size in _packets_out(self.capture):
            packet = Packet.unpack(data[at : at + size])
            at += size
            if packet.type is PacketType.JOURNALS and self.begin <= cycle <= self.end:
                packets.append((cycle, size, sum(len(written) for _, written in packet.journals)))
        carried = sum(written for _, _, written in packets[1:])
        beats = packets[-1][0] - packets[0][0]
        return carried / BEAT_BYTES / beats, carried / sum(size for _, size, _ in packets[1:])

    def bytes_written(self, system: int, device: int) -> int:
        """Return the bytes that a device was given to write."""
        bursts = self.capture.of_system(system).of("device_write")
        return sum(e["bytes"] for e in bursts if e["device"] == device and self.begin < e["cycle"] <= self.end)

    def beats_per_cycle(self, system: int, device: int) -> float:
        """Return the beats a cycle on a device's write port."""
        return self.bytes_written(system, device) / BEAT_BYTES / (self.end - self.begin)

    def growth(self) -> Iterator[tuple[str, float]]:
        """Yield, for each system, by how much the journals' data in its ring grew between the first and the last
        quarter of what is measured, in parts of what hosts wrote between these."""
        found = series(RunTrace.read(self.file), GROUP, COLUMNS)
        quarter = (self.end - self.begin) // 4
        written = self.bytes_written(ORIGINAL, DATA_DEVICE) * 3 / 4
        for ring in found.rings:
            if not ring.title.endswith("write data"):
                continue
            used = [(time, used or 0) for time, used in zip(found.times, ring.used, strict=True)]
            early = [n for time, n in used if self.begin < time <= self.begin + quarter]
            late = [n for time, n in used if self.end - quarter < time <= self.end]
            yield ring.title.split(",")[0], (sum(late) / len(late) - sum(early) / len(early)) / written

    def latencies(self) -> tuple[int, int]:
        """Return median and 99th percentile of the host writes' latencies, in cycles."""
        ordered = sorted(self.capture.of_system(ORIGINAL).write_latencies())
        return part(ordered, 0.5), part(ordered, 0.99)


def _packets_out(capture: Capture) -> Iterator[tuple[int, int]]:
    """Yield cycle and bytes of each packet that the original system sent."""
    for event in capture.of_system(ORIGINAL).of("packet_out"):
        yield event["cycle"], event["bytes"]


def measurements(seed: int, host_alone: float) -> Iterator[Measurement]:
    """Measure everything; `host_alone`: beats a cycle of 4 KiB host writes without replication. Raises
    SimulationError."""
    at_once: dict[int, float] = {}
    for load in SATURATING:
        run = Replicated.run(load, seed)
        share, packed = run.path_data()
        kind = f"{load.size} byte writes, round trip {load.round_trip:,}"
        if load.round_trip == SHORT:
            at_once[load.size] = share
            yield _percent(f"{kind}: write data on the path", share, PATH_TARGETS[load.size])
        else:
            yield _percent(f"{kind}: write data on the path", share, None)
            yield _percent("  of that without delay", share / at_once[load.size], LONG_PATH_TARGET)
        # what limits: packets on the path, or update information on the journal devices
        limit = min(packed, load.size / (load.size + ENTRY_BYTES))
        restored = run.beats_per_cycle(SECONDARY, DATA_DEVICE)
        yield _percent("  restored, of the slowest port's limit", restored / limit, RESTORE_TARGET)
        if load.size < PAGE:
            continue  # hosts write more than so many headers leave room for
        for system, growth in run.growth():
            yield _percent(f"  growth of the ring of {system}, of what hosts write", growth, GROWTH_TARGET, least=False)
        if load.round_trip == SHORT:
            host = run.beats_per_cycle(ORIGINAL, DATA_DEVICE)
            yield _percent("  host throughput, of that without replication", host / host_alone, THROUGHPUT_TARGET)
    yield from _latencies(seed)


def _latencies(seed: int) -> Iterator[Measurement]:
    """Measure what the host waits with and without a delay on the path."""
    (short, short_99), (long, long_99) = (Replicated.run(load, seed).latencies() for load in APART)
    yield Measurement("4096 byte writes apart, no delay: host latency, p50", short, "cycles", None)
    yield Measurement("  p99", short_99, "cycles", None)
    for name, more, most in (("p50", long - short, 0.0), ("p99", long_99 - short_99, P99_TARGET)):
        yield Measurement(f"  {name} with a round trip of {LONG:,}, more than that", more, "cycles", most, least=False)


def _percent(name: str, share: float, target: float | None, least: bool = True) -> Measurement:
    return Measurement(name, round(100 * share, 2), "%", target, least)
