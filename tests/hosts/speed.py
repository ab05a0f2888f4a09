"""How fast hosts are served: requests and cycles a second of a processor, beside nbdkit's own memory and the same
requests without NBD, and what a kernel with a database takes.

    python -m tests.hosts.speed [--targets memory,model,verilator,icarus] [--requests 2000]

Seconds are of a processor, of all that serves (the run and nbdkit), not of the host. Exit status: 1 if the RTL has
less than 80 % of the cycles a second that `make sim` has of the same writes, or the kernel takes more than 60 seconds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.command_line import whole
from tests.hosts.kernel import disk, kernel
from tests.hosts.serving import HOST_PYTHON, PATIENT_SECONDS, found, serving, wait_until
from tests.hosts.test_disaster import RTL_OPTIONS, WRITER, Host
from tools.sources import ROOT

SIZE = 4096
DEPTH = 8
# So that all runs of the RTL, also without NBD, share a build
VOLUME_BYTES = 4 << 20
DELAY = 500
TRANSACTIONS = 50
LEAST_RATIO, MOST_SECONDS = 0.8, 60.0
MEMORY_TIMES, ICARUS_SHARE = 50, 20
LOAD = """
import random, sys, nbd
h = nbd.NBD()
h.connect_uri(sys.argv[1])
rng, count, size, depth = random.Random(1), *map(int, sys.argv[3:])
for _ in range(count):
    while h.aio_in_flight() >= depth:
        h.poll(-1)
    at = size * rng.randrange(h.get_size() // size)
    if sys.argv[2] == "write":
        h.aio_pwrite(nbd.Buffer.from_bytearray(bytearray(rng.randbytes(size))), at, completion=lambda error: 1)
    else:
        h.aio_pread(nbd.Buffer(size), at, completion=lambda error: 1)
while h.aio_in_flight():
    h.poll(-1)
"""


def cpu_seconds(root: int) -> float:
    """Return the processor time of a process and of all that it started and that still runs."""
    parents, ticks = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(file.parent.name)] = int(words[1])
        ticks[int(file.parent.name)] = int(words[11]) + int(words[12])
    wanted, known = {root}, 0
    while len(wanted) > known:
        known = len(wanted)
        wanted |= {process for process, parent in parents.items() if parent in wanted}
    return sum(ticks.get(process, 0) for process in wanted) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured: processor seconds of so many writes, of so many reads; cycles a second while writing (0: there
    are none), and writes and cycles a second without NBD (0: not measured)."""

    target: str
    requests: int
    writes: float
    reads: float
    cycles: float = 0.0
    direct: tuple[float, float] = (0.0, 0.0)

    def text(self) -> str:
        """Return its line of the table."""
        rates = [self.requests / seconds if seconds else 0.0 for seconds in (self.writes, self.reads)]
        columns = [text for rate in rates for text in (f"{rate:,.0f}", f"{rate * SIZE / 1e6:.2f}")]
        columns += [f"{value:,.0f}" if value else "" for value in (self.cycles, *self.direct)]
        return f"{self.target:<10}" + "".join(
            f"{column:>11}" for column in [*columns, f"{self.ratio:.0%}" * any(self.direct)]
        )

    @property
    def ratio(self) -> float:
        """Cycles a second with NBD, of those without."""
        return self.cycles / self.direct[1] if any(self.direct) else 1.0


HEAD = f"{'':<10}" + "".join(
    f"{name:>11}" for name in ("writes/s", "MB/s", "reads/s", "MB/s", "cycles/s", "no NBD: w/s", "cycles/s", "of that")
)


def load(url: str, root: int, requests: int, kind: str) -> float:
    """Return the processor seconds of reads or writes."""
    before = cpu_seconds(root)
    words = [HOST_PYTHON, "-c", LOAD, url, kind, str(requests), str(SIZE), str(DEPTH)]
    subprocess.run(words, check=True, timeout=PATIENT_SECONDS)
    return cpu_seconds(root) - before


def memory(requests: int) -> Row:
    """Measure nbdkit's memory plugin, with more requests: it is fast."""
    requests *= MEMORY_TIMES
    with tempfile.TemporaryDirectory(prefix="hosts-") as folder:
        socket, ready = Path(folder) / "nbd", Path(folder) / "pid"
        words = [str(found("nbdkit")), "--foreground", f"--unix={socket}", f"--pidfile={ready}"]
        process = subprocess.Popen([*words, "memory", str(VOLUME_BYTES)])
        try:
            wait_until(ready.exists, "nbdkit is ready")
            url = f"nbd+unix:///?socket={socket}"
            seconds = [load(url, process.pid, requests, kind) for kind in ("write", "read")]
            return Row("memory", requests, *seconds)
        finally:
            process.terminate()
            process.wait(PATIENT_SECONDS)


def served(target: str, requests: int) -> Row:
    """Measure a run; of the RTL also the same writes without NBD."""
    command = () if target == "model" else (sys.executable, "-m", "tb.serve", f"--sim={target}")
    options = ("--volumes=1", f"--volume-bytes={VOLUME_BYTES}", f"--delay={DELAY}")
    with serving(*options, command=command) as run:
        cycles, before = run.tell("status")["cycles"], cpu_seconds(run.process.pid)
        writes = load(run.url("a/volume1"), run.process.pid, requests, "write")
        cycles = run.at_rest()["cycles"] - cycles
        each = cycles / (cpu_seconds(run.process.pid) - before)
        reads = load(run.url("a/volume1"), run.process.pid, requests, "read")
        run.stop()
        without = direct(run.folder, target, requests) if command else (0.0, 0.0)
        return Row(target, requests, writes, reads, each, without)


def direct(folder: Path, simulator: str, requests: int) -> tuple[float, float]:
    """Return writes and cycles a second of `make sim` of the writes in a capture: those of the second half of them, so
    that what comes before hosts does not count."""
    found = []
    for count in (requests // 2, requests):
        trace = folder / f"trace{count}"
        words = ["convert", str(folder / "capture.jsonl"), "--out", str(trace), "--limit", str(count)]
        python("mirrorlog", *words, "--volume-bytes", str(VOLUME_BYTES))
        before = children()
        options = [f"TRACE={trace}", f"SIM={simulator}", f"OUT={folder}/sim{count}", f"DELAY={DELAY}"]
        python("tb.sim", *options, "COPY=before", "SNAPSHOT=0", "SEED=1")
        cycles = json.loads((folder / f"sim{count}" / "summary.json").read_text())["cycles"]
        found.append((cycles, children() - before))
    (first, early), (last, late) = found
    return (requests - requests // 2) / (late - early), (last - first) / (late - early)


def python(module: str, *words: str) -> None:
    """Run a module of the project."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "model")}
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, timeout=PATIENT_SECONDS)
    assert done.returncode == 0, f"{module}: {done.stdout!r} {done.stderr!r}"


def children() -> float:
    """Return the processor seconds of all that was started and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kernel_seconds() -> tuple[float, int]:
    """Return the processor seconds of the RTL on Verilator while a kernel makes a file system, mounts it and commits
    TRANSACTIONS, and the cycles."""
    command = (sys.executable, "-m", "tb.serve", "--sim=verilator")
    with serving(*RTL_OPTIONS, command=command) as run, tempfile.TemporaryDirectory(prefix="hosts-") as name:
        before, cycles = cpu_seconds(run.process.pid), run.tell("status")["cycles"]
        with disk(run.url("a/volume1"), Path(name) / "disk") as file, kernel(WRITER, [file], Path(name)) as process:
            host = Host(process)
            for _ in range(TRANSACTIONS):
                host.begin()
                host.committed()
            seconds = cpu_seconds(run.process.pid) - before
            cycles = run.tell("status")["cycles"] - cycles
        run.stop()
        return seconds, cycles


def main() -> int:
    """Measure; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", default="memory,model,verilator,icarus")
    parser.add_argument("--requests", type=whole(8, 1_000_000), default=2000, help="of Icarus a twentieth")
    options = parser.parse_args()
    print(f"requests of {SIZE} bytes, {DEPTH} in flight; a second is one of a processor\n{HEAD}", flush=True)
    good = True
    for target in options.targets.split(","):
        count = options.requests // (ICARUS_SHARE if target == "icarus" else 1)
        row = memory(count) if target == "memory" else served(target, count)
        print(row.text(), flush=True)
        good &= row.ratio >= LEAST_RATIO
    if "verilator" in options.targets:
        seconds, cycles = kernel_seconds()
        print(f"mkfs.ext4, mount and {TRANSACTIONS} SQLite transactions: {seconds:.1f} CPU seconds, {cycles:,} cycles")
        good &= seconds <= MOST_SECONDS
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
