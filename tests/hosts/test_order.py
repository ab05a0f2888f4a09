"""What is left at the secondary system, held to logs that QEMU wrote of what the host did: two volumes, one order."""

import random
import subprocess
from pathlib import Path

import pytest

from tests.hosts.serving import HOST_PYTHON, PATIENT_SECONDS, Serving, needs, planted_model, serving
from tests.hosts.serving import host as host_tool
from tests.hosts.witness import Log, Write, replayed, witness
from tests.planted.bug import Bug
from tests.planted.model_hosts import HOSTS_BUGS

VOLUME_BYTES = 1 << 18
OPTIONS = (f"--volume-bytes={VOLUME_BYTES}", "--delay=200")
STAMP_BYTES = 8
# One write at a time to either volume; each block begins with the write's number
HOST = """
import random, sys, nbd
rng, disks = random.Random(int(sys.argv[1])), []
for url in sys.argv[2:]:
    disks.append(nbd.NBD())
    disks[-1].connect_uri(url)
for number in range(1, 1000):
    size = 512 * rng.choice((1, 2, 8))
    block = number.to_bytes(8, "little") + rng.randbytes(504)
    position = 512 * rng.randrange((disks[0].get_size() - size) // 512 + 1)
    try:
        rng.choice(disks).pwrite(block * (size // 512), position)
    except nbd.Error:
        sys.exit()
    print(number, flush=True)
    sys.stdin.readline()
"""
NEEDS = needs("nbdkit", "qemu-nbd", "nbdcopy", packages=("nbd",))


def disaster(run: Serving, seed: int, folder: Path) -> tuple[list[bytes], list[list[Write]], int]:
    """Cut the path after one random write, lose the original after another; returns the secondary's volumes, the log
    of each, and the number of journals restored."""
    rng = random.Random(seed)
    cut = rng.randrange(10, 60)
    lost = cut + rng.randrange(0, 20)
    names = ("volume1", "volume2")
    with witness(run, "a/volume1") as first, witness(run, "a/volume2") as second:
        logs: tuple[Log, Log] = (first, second)
        host = subprocess.Popen(
            [HOST_PYTHON, "-c", HOST, str(seed), first.url, second.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert host.stdin is not None and host.stdout is not None
        for line in host.stdout:
            if int(line) == cut:
                run.tell("cut")
            if int(line) == lost:
                run.tell("lose")
            host.stdin.write("\n")
            host.stdin.flush()
        host.wait(PATIENT_SECONDS)
    told = run.tell("takeover")
    images = []
    for name in names:
        host_tool("nbdcopy", run.url(f"b/{name}"), str(folder / name))
        images.append((folder / name).read_bytes())
    run.stop()
    return images, [log.writes() for log in logs], int(told["restored"])


def moments(images: list[bytes], logs: list[list[Write]]) -> list[int]:
    """Return the numbers of writes after which both volumes held this: each with all of the host's writes up to one,
    and none behind it."""
    order = sorted(
        (
            (int.from_bytes(write.data[:STAMP_BYTES], "little"), volume, write)
            for volume in (0, 1)
            for write in logs[volume]
        ),
        key=lambda entry: entry[0],
    )
    assert [number for number, _, _ in order] == list(range(1, len(order) + 1))
    return [
        count
        for count in range(len(order) + 1)
        if all(
            images[volume] == replayed(VOLUME_BYTES, [write for _, at, write in order[:count] if at == volume])
            for volume in (0, 1)
        )
    ]


@NEEDS
def test_volumes_after_a_disaster_are_those_of_one_moment_of_the_independent_log(
    run: int, seed: int, tmp_path: Path
) -> None:
    with serving(*OPTIONS) as served:
        images, logs, restored = disaster(served, seed + run, tmp_path)
        assert restored in moments(images, logs)
        assert restored > 0 and len(logs[0]) + len(logs[1]) >= restored
        served.records()


@NEEDS
@pytest.mark.parametrize("bug", HOSTS_BUGS, ids=lambda bug: bug.id)
def test_restore_out_of_order_is_found_by_the_independent_log(bug: Bug, run: int, seed: int, tmp_path: Path) -> None:
    with serving(*OPTIONS, model=planted_model(bug, tmp_path)) as served:
        images, logs, restored = disaster(served, seed + run, tmp_path)
        assert restored not in moments(images, logs)
