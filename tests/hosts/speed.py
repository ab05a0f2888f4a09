"""How fast hosts are served: requests a second of the model and of the RTL, beside nbdkit's own memory.

    python -m tests.hosts.speed [--targets memory,model,icarus,verilator] [--requests 400]

Seconds are of a processor, of all that serves (the run and nbdkit), not of the host.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mirrorlog.command_line import whole
from tests.hosts.serving import HOST_PYTHON, POLL_SECONDS, found, serving

SIZE = 4096
DEPTH = 8
VOLUME_BYTES = 1 << 20
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


def measured(url: str, root: int, requests: int) -> list[tuple[float, float]]:
    """Return processor and wall-clock seconds of writes and of reads."""
    found = []
    for kind in ("write", "read"):
        before, began = cpu_seconds(root), time.monotonic()
        words = [HOST_PYTHON, "-c", LOAD, url, kind, str(requests), str(SIZE), str(DEPTH)]
        subprocess.run(words, check=True)
        found.append((cpu_seconds(root) - before, time.monotonic() - began))
    return found


def memory(requests: int) -> list[tuple[float, float]]:
    """Measure nbdkit's memory plugin."""
    with tempfile.TemporaryDirectory(prefix="hosts-") as folder:
        socket, ready = Path(folder) / "nbd", Path(folder) / "pid"
        words = [str(found("nbdkit")), "--foreground", f"--unix={socket}", f"--pidfile={ready}"]
        process = subprocess.Popen([*words, "memory", str(VOLUME_BYTES)])
        try:
            while not ready.exists():
                time.sleep(POLL_SECONDS)
            return measured(f"nbd+unix:///?socket={socket}", process.pid, requests)
        finally:
            process.terminate()
            process.wait()


def served(target: str, requests: int) -> list[tuple[float, float]]:
    """Measure a run."""
    command = () if target == "model" else (sys.executable, "-m", "tb.serve", f"--sim={target}")
    with serving("--volumes=1", f"--volume-bytes={VOLUME_BYTES}", command=command) as run:
        cycles = run.tell("status")["cycles"]
        found = measured(run.url("a/volume1"), run.process.pid, requests)
        began = cpu_seconds(run.process.pid)
        told = run.at_rest()
        spent = sum(cpu for cpu, _ in found) + cpu_seconds(run.process.pid) - began
        each = (told["cycles"] - cycles) / spent
        print(f"{target:<10} {told['cycles'] - cycles:,} cycles, {each:,.0f} a CPU second", flush=True)
        run.stop()
        return found


def main() -> int:
    """Measure; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", default="memory,model,icarus,verilator")
    parser.add_argument("--requests", type=whole(1, 1_000_000), default=400)
    options = parser.parse_args()
    for target in options.targets.split(","):
        times = memory(options.requests) if target == "memory" else served(target, options.requests)
        for kind, (cpu, wall) in zip(("writes", "reads"), times, strict=True):
            each = f"{options.requests / cpu:,.0f} a CPU second" if cpu else "no CPU time to be seen"
            rate = options.requests * SIZE / 1e6 / cpu if cpu else 0.0
            print(
                f"{target:<10} {kind:<7} {each}, {rate:.2f} MB/s; {options.requests / wall:,.0f} a second", flush=True
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
