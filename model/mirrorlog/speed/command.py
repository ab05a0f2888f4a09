"""`mirrorlog speed`: how fast the model is, without a clock, on one core."""

import argparse
import io
import json
import time
import tracemalloc

from mirrorlog.command_line import output, whole, write_whole
from mirrorlog.compare.comparison import Comparison
from mirrorlog.explore.two_systems import Exploration
from mirrorlog.formats.commit_record import Creation
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.speed.capture import HostCapture
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import GroupSettings

WRITE_BYTES = 512
VOLUME_BYTES = 1 << 20
JOURNAL_BYTES = 4 << 20
WRITES_A_ROUND = 64
LINES_A_BATCH = 256


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("speed", help="how fast the model is", description=__doc__)
    parser.add_argument(
        "--writes",
        type=whole(WRITES_A_ROUND, 10_000_000),
        default=5000,
        metavar="N",
        help="journaled host writes of 512 bytes",
    )
    parser.add_argument("--out", type=output(".json"), metavar="FILE.json", help="write the figures")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure; returns the exit status."""
    figures = measure(arguments.writes)
    for name, value in figures.items():
        print(f"{name:<40} {value:,.3f}" if value < 100 else f"{name:<40} {value:,.0f}")
    if arguments.out is not None:
        text = json.dumps(figures, indent=2) + "\n"
        write_whole(arguments.out, lambda part: part.write_text(text, encoding="utf-8"))
    return 0


def measure(writes: int) -> dict[str, float]:
    """Return all figures; `writes` is the number of host writes of the shortest run."""
    once, ten, hundred = (seconds_per_write(writes * factor) for factor in (1, 10, 100))
    return {
        "replicated_writes_per_second": 1 / ten,
        "copied_writes_per_second": 1 / seconds_per_copy(writes * 10),
        "ratio_to_bare_copy": seconds_per_copy(writes * 10) / ten,
        "cost_of_10_times_as_many": ten / once,
        "cost_of_100_times_as_many": hundred / once,
        "bytes_kept_per_freed_journal": bytes_per_freed_journal(writes),
        "explored_steps_per_second": explored_steps_per_second(20, 500),
        "compared_records_per_second": compared_records_per_second(HostCapture(writes)),
    }


def seconds_per_write(writes: int) -> float:
    """Return the CPU time of one journaled host write, through both systems and restored."""
    topology = _topology()
    replicate(topology, 2 * VOLUME_BYTES // WRITE_BYTES, 0)
    began = time.process_time()
    replicate(topology, writes, 0)
    return (time.process_time() - began) / writes


def seconds_per_copy(writes: int) -> float:
    """Return the CPU time of a bare loop that copies the same bytes as often: two volumes and two journal volumes."""
    places = [bytearray(VOLUME_BYTES), bytearray(VOLUME_BYTES), bytearray(JOURNAL_BYTES), bytearray(JOURNAL_BYTES)]
    data = bytes(WRITE_BYTES)
    began = time.process_time()
    for number in range(writes):
        at = number * WRITE_BYTES % VOLUME_BYTES
        for place in places:
            place[at : at + WRITE_BYTES] = data
    return (time.process_time() - began) / writes


def bytes_per_freed_journal(writes: int) -> float:
    """Return how much memory grows with each journal that was created, restored and freed."""
    topology = _topology()
    replicate(topology, 10 * WRITES_A_ROUND + VOLUME_BYTES // WRITE_BYTES + JOURNAL_BYTES // WRITE_BYTES, 0)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    replicate(topology, writes, 0)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return max(0.0, (after - before) / writes)


def explored_steps_per_second(seeds: int, steps: int) -> float:
    """Return how many steps fault exploration checks in a CPU second."""
    began = time.process_time()
    for seed in range(seeds):
        Exploration(seed).run(range(steps))
    return seeds * steps / (time.process_time() - began)


def compared_records_per_second(capture: HostCapture) -> float:
    """Return how many commit records of a capture the comparison follows in a CPU second, boundary events included."""
    files = {name: io.BytesIO(data) for name, data in capture.data.items()}
    comparison = Comparison(lambda name, size: files[name].read(size))
    began = time.process_time()
    for at in range(0, len(capture.lines), LINES_A_BATCH):
        comparison.follow(capture.lines[at : at + LINES_A_BATCH])
    comparison.finish()
    return comparison.records / (time.process_time() - began)


def replicate(topology: Topology, writes: int, now: int) -> None:
    """Write blocks one after the other at the original system and let them be restored at the secondary."""
    receive = topology.original(0).command_reception.receive
    data = bytes(range(256)) * (WRITE_BYTES // 256)
    for number in range(writes):
        position = number * WRITE_BYTES % VOLUME_BYTES
        step = receive(HostCommand(Opcode.WRITE, 0, 1, position, WRITE_BYTES, now), data)
        if step is None or step.creation != Creation.HOST_WRITE_CREATED:
            raise RuntimeError("a write was not journaled")
        if number % WRITES_A_ROUND == WRITES_A_ROUND - 1:
            topology.settle(now)
            topology.settle(now)
    topology.drain(now)


def _topology() -> Topology:
    settings = GroupSettings(batch_journals=WRITES_A_ROUND, commands=1, interval=0)
    link = GroupLink(0, 1, 2, (1,), 2, (JOURNAL_BYTES, JOURNAL_BYTES), settings)
    topology = Topology({1: VOLUME_BYTES}, (link,))
    topology.start_copied(0)
    return topology
