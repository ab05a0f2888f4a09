"""A kernel with ext4 and SQLite at the original's volumes, a disaster, and what the same tools say at the secondary's.

Each of two databases, on a file system and a volume of its own (with one volume both on it), gets a row for each
transaction: first the order, then its payment. So wherever the disaster comes, the secondary must have as many payments
as orders, or one order more.
"""

import contextlib
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hosts.kernel import MountError, boot, disk, disk_of_zeros, kernel, said
from tests.hosts.serving import Serving, host, needs, planted_model, serving, wait_until
from tests.hosts.witness import Left, unlike_the_logs, witness
from tests.planted.bug import Bug
from tests.planted.model_hosts import HOSTS_BUGS

pytestmark = needs("nbdkit", "nbdfuse", "nbdcopy", "qemu-nbd", "linux.uml", "mke2fs", "e2fsck", "sqlite3")

VOLUME_BYTES = 3 << 20
MOST_DISASTERS = 20
GOOD, BUG = "disaster", "disaster with a planted restore out of order"
Told = Callable[[str, object], None]
OPTIONS = (f"--volume-bytes={VOLUME_BYTES}", "--delay=300")
# The other tests' system: no build of its own
RTL_OPTIONS = ("--volumes=1", "--volume-bytes=4194304")
# synchronous=extra: a transaction is committed when the rollback journal's removal is on the disk (SQLite's default
# leaves that to the file system, so that a power failure may take back what it said was committed)
MOUNT = """
mounted() {
    mount -t ext4 /dev/ubda /mnt/1 || return 1
    if [ -b /dev/ubdb ]; then mount -t ext4 /dev/ubdb /mnt/2; else mount --bind /mnt/1 /mnt/2; fi
}
"""
WRITER = (
    MOUNT
    + """
insert() { sqlite3 -cmd "pragma synchronous=extra" $1 "insert into row values ($number, hex(randomblob(300)))"; }
for disk in /dev/ubd?; do mke2fs -q -F -t ext4 -b 1024 -J size=1 -E nodiscard $disk; done
mounted || exit 1
sqlite3 /mnt/1/orders "create table row (number integer primary key, text)"
sqlite3 /mnt/2/payments "create table row (number integer primary key, text)"
echo @ready
number=0
while read go; do
    number=$((number + 1))
    insert /mnt/1/orders && insert /mnt/2/payments && echo "@committed $number"
done
"""
)
JUDGE = (
    MOUNT
    + """
mounted && echo @mounted
for file in /mnt/1/orders /mnt/2/payments; do
    echo "@rows $(sqlite3 $file 'select count(*) || " " || coalesce(max(number), 0) from row')"
    echo "@check $(sqlite3 $file 'pragma integrity_check')"
done
umount /mnt/2 /mnt/1
for disk in /dev/ubd?; do e2fsck -fn $disk >/dev/null 2>&1; echo "@e2fsck $?"; done
echo @end
sleep 1000
"""
)


@dataclass(frozen=True, slots=True)
class Disaster:
    """What is known of a disaster: transactions begun, and those that were committed and whose journals were restored;
    how it came, for people."""

    begun: int
    safe: int
    how: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a host finds at the secondary: rows of both databases, and what is wrong."""

    orders: int
    payments: int
    wrong: tuple[str, ...]


def disaster(run: Serving, seed: int, folder: Path, volumes: int = 2) -> tuple[Disaster, Left]:
    """Let a kernel commit transactions; the path is cut between two or in the middle of one, the original is lost some
    transactions later, the secondary is taken over."""
    rng = random.Random(seed)
    before, behind, within = rng.randrange(1, 5), rng.randrange(0, 3), rng.choice((0, rng.randrange(1, 12)))
    created: dict[int, int] = {}
    copied = run.tell("status")["created"]
    with contextlib.ExitStack() as stack:
        logs = [stack.enter_context(witness(run, f"a/volume{number}")) for number in range(1, volumes + 1)]
        disks = [stack.enter_context(disk(log.url, folder / f"a{n}")) for n, log in enumerate(logs)]
        host = Host(stack.enter_context(kernel(WRITER, disks, folder)))
        for number in range(1, before + 1):
            host.begin()
            host.committed()
            created[number] = run.tell("status")["created"]
        if within:
            host.begin()
            wanted = created[before] + within
            wait_until(lambda: run.tell("status")["created"] >= wanted, f"{wanted} journals are created")
            run.tell("cut")
            host.committed()
        else:
            run.at_rest()
            run.tell("cut")
        for _ in range(behind):
            host.begin()
            host.committed()
        run.tell("lose")
    told = run.tell("takeover")
    restored = int(told["restored"])
    safe = max((number for number, journals in created.items() if journals <= restored), default=0)
    when = f"in the middle of transaction {before + 1}" if within else f"after transaction {before}"
    writes = f"{restored - copied} of {told['created'] - copied} writes restored"
    known = Disaster(host.begun, safe, f"path cut {when}, original lost after {host.begun}; {writes}")
    return known, Left(_images(run, folder, volumes), [log.writes() for log in logs], restored)


class Host:
    """The kernel's script of transactions."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._said = said(process)
        self.begun = 0
        assert next(self._said) == ["ready"]

    def begin(self) -> None:
        """Let it begin a transaction."""
        assert self._process.stdin is not None
        self.begun += 1
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def committed(self) -> None:
        """Wait until it says that the transaction is committed."""
        assert next(self._said) == ["committed", str(self.begun)]


def judged(run: Serving, folder: Path, volumes: int = 2) -> Found:
    """Let a new kernel mount the secondary's volumes, count, and check."""
    with contextlib.ExitStack() as stack:
        disks = [stack.enter_context(disk(run.url(f"b/volume{n}"), folder / f"b{n}")) for n in range(1, volumes + 1)]
        return verdict(stack.enter_context(kernel(JUDGE, disks, folder)))


def verdict(process: "subprocess.Popen[str]") -> Found:
    """Return what a kernel that judges says."""
    rows, wrong = [], []
    for words in said(process):
        if words == ["end"]:
            break
        if words[0] == "rows" and len(words) == 3:
            rows.append(int(words[1]) if words[1] == words[2] else -1)
        elif words not in (["mounted"], ["check", "ok"], ["e2fsck", "0"]):
            wrong.append(" ".join(words))
    return Found(rows[0], rows[1], tuple(wrong)) if len(rows) == 2 else Found(-1, -1, (*wrong, f"rows of {len(rows)}"))


def complaints(known: Disaster, left: Found) -> list[str]:
    """Say what the host's own tools find wrong at the secondary."""
    found = list(left.wrong)
    if not 0 <= left.orders - left.payments <= 1:
        found.append(f"{left.orders} orders and {left.payments} payments")
    if not known.safe <= left.payments <= left.orders <= known.begun:
        found.append(f"{left.payments} payments of {known.safe} to {known.begun}")
    return found


def _images(run: Serving, folder: Path, volumes: int) -> list[bytes]:
    """Return what the secondary's volumes hold."""
    files = [folder / f"volume{number}" for number in range(1, volumes + 1)]
    for number, file in enumerate(files, 1):
        host("nbdcopy", run.url(f"b/volume{number}"), str(file))
    return [file.read_bytes() for file in files]


@pytest.fixture(scope="module", autouse=True)
def works(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip what is here where FUSE or a kernel as a process is not to be had."""
    folder = tmp_path_factory.mktemp("tried")
    try:
        with disk_of_zeros(folder / "disk") as file:
            reason = boot(file, folder)
    except MountError as error:
        pytest.skip(f"FUSE is not to be used here: {error}")
    if reason:
        pytest.skip(reason)


def survives(served: Serving, seed: int, folder: Path, told: Told, volumes: int = 2, in_turn: bool = True) -> None:
    """A disaster that host's tools and log find nothing wrong with; the run ends."""
    known, left = disaster(served, seed, folder, volumes)
    found = judged(served, folder, volumes)
    served.stop()
    wrong = [*unlike_the_logs(left, served.folder / "capture.jsonl", in_turn), *complaints(known, found)]
    told(
        "disaster", [GOOD, f"{known.how}; {found.orders} orders, {found.payments} payments", "bad" if wrong else "good"]
    )
    assert not wrong, (wrong, known, found)


def test_files_and_databases_survive_the_loss_of_the_original(
    run: int, seed: int, tmp_path: Path, record_property: Told
) -> None:
    with serving(*OPTIONS) as served:
        survives(served, seed + run, tmp_path, record_property)
        assert served.records() > 1000


@pytest.mark.long
def test_files_and_databases_survive_the_loss_of_the_rtls_original(
    seed: int, tmp_path: Path, record_property: Told
) -> None:
    command = (sys.executable, "-m", "tb.serve", "--sim=verilator")
    with serving(*RTL_OPTIONS, command=command) as served:
        survives(served, seed, tmp_path, record_property, volumes=1, in_turn=False)
        assert "mismatches 0" in served.log()


@pytest.mark.long
@pytest.mark.parametrize("bug", HOSTS_BUGS, ids=lambda bug: bug.id)
def test_restore_out_of_order_is_found_by_the_log_always_and_by_the_hosts_tools_in_time(
    bug: Bug, seed: int, tmp_path: Path, record_property: Told, pytestconfig: pytest.Config
) -> None:
    """In as many disasters as are asked for, or as many as the tools need to find it."""
    model, found = planted_model(bug, tmp_path), 0
    for number in range(MOST_DISASTERS):
        if found and number >= pytestconfig.getoption("--runs"):
            break
        folder = tmp_path / str(number)
        folder.mkdir()
        with serving(*OPTIONS, model=model) as served:
            known, left = disaster(served, seed + number, folder)
            complained = complaints(known, judged(served, folder))
            served.stop()
            unlike = unlike_the_logs(left, served.folder / "capture.jsonl", in_turn=True)
            found += bool(complained)
            told = f"found by the log{' and by the tools' * bool(complained)}" if unlike else "not found by the log"
            record_property("disaster", [BUG, f"{known.how}; {', '.join(complained) or 'tools say nothing'}", told])
            assert unlike
    assert found, f"the host's tools found nothing in {MOST_DISASTERS} disasters"
