"""Where there is no FUSE: a kernel writes images, nbdcopy brings them to the original, and a kernel judges what nbdcopy
brings back from the secondary after a disaster."""

import random
from pathlib import Path

import pytest

from tests.hosts.kernel import MountError, boot, disk_of_zeros, kernel
from tests.hosts.serving import host, needs, serving
from tests.hosts.test_disaster import (
    GOOD,
    JUDGE,
    OPTIONS,
    VOLUME_BYTES,
    WRITER,
    Disaster,
    Host,
    Told,
    complaints,
    verdict,
)

pytestmark = needs("nbdkit", "nbdcopy", "linux.uml", "mke2fs", "e2fsck", "sqlite3")


@pytest.fixture(scope="module", autouse=True)
def works(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip what is here where there is FUSE, or where no kernel boots as a process."""
    folder = tmp_path_factory.mktemp("tried")
    image = folder / "image"
    image.write_bytes(bytes(1 << 20))
    try:
        with disk_of_zeros(folder / "disk"):
            pytest.skip("FUSE is there: test_disaster.py has a kernel at the volumes themselves")
    except (MountError, FileNotFoundError):
        pass
    if reason := boot(image, folder):
        pytest.skip(reason)


def test_images_of_a_kernel_survive_the_loss_of_the_original(
    run: int, seed: int, tmp_path: Path, record_property: Told
) -> None:
    rng = random.Random(seed + run)
    safe, behind = rng.randrange(1, 5), rng.randrange(1, 3)
    disks = [tmp_path / f"disk{number}" for number in (1, 2)]
    for file in disks:
        file.write_bytes(bytes(VOLUME_BYTES))
    with serving(*OPTIONS) as served, kernel(WRITER, disks, tmp_path) as process:
        writer = Host(process)
        copied: list[bytes] = []
        for transactions in (safe, behind):
            for _ in range(transactions):
                writer.begin()
                writer.committed()
            for number, file in enumerate(disks, 1):
                host("nbdcopy", str(file), served.url(f"a/volume{number}"))
            if not copied:
                copied = [file.read_bytes() for file in disks]
                served.at_rest()
                served.tell("cut")
        served.tell("lose")
        served.tell("takeover")
        left = [tmp_path / f"left{number}" for number in (1, 2)]
        for number, file in enumerate(left, 1):
            host("nbdcopy", served.url(f"b/volume{number}"), str(file))
        served.stop()
    same = [file.read_bytes() for file in left] == copied
    known = Disaster(writer.begun, safe, f"path cut after transaction {safe}, {behind} behind it")
    with kernel(JUDGE, left, tmp_path) as process:
        judged = verdict(process)
    wrong = [*([] if same else ["not as it was copied"]), *complaints(known, judged)]
    record_property("disaster", [GOOD, known.how, "bad" if wrong else "good"])
    assert not wrong, (known, judged)
