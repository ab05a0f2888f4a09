"""This machine's kernel at the volumes: FUSE, a loop device, ext4 with SQLite on it, and the loss of the original."""

import contextlib
import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts import session
from tests.hosts.kernel import MountError, disk, disk_of_zeros
from tests.hosts.serving import PATIENT_SECONDS, found, host, needs, serving
from tools.sources import ROOT

pytestmark = needs("nbdkit", "nbdfuse", "losetup", "mount", "mkfs.ext4", "e2fsck")
OPTIONS = ("--volumes=1", "--volume-bytes=16777216")
SAFE, LATER = 8, 3
REPAIRED = 1
NUMBERS = re.compile(r"[0-9a-f]{32}|\d+")


def tool(name: str, *words: str, expected: int = 0) -> str:
    """Run a tool of the system; returns what it prints."""
    done = subprocess.run(
        [str(found(name)), *words], capture_output=True, text=True, check=False, timeout=PATIENT_SECONDS
    )
    assert done.returncode <= expected, f"{name} {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def loop(file: Path) -> Iterator[str]:
    """A loop device on a file, for a while."""
    device = tool("losetup", "--find", "--show", str(file)).strip()
    try:
        yield device
    finally:
        tool("losetup", "--detach", device)


@contextlib.contextmanager
def mounted(device: str, folder: Path) -> Iterator[Path]:
    """A device's file system, for a while; who is gone is unmounted all the same."""
    folder.mkdir()
    tool("mount", "-t", "ext4", device, str(folder))
    try:
        yield folder
    finally:
        tool("umount", "--lazy", str(folder))


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    """Others wait meanwhile: the README's session names its loop device, and its port."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "loop.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module", autouse=True)
def works(alone: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip what is here where loop devices, FUSE or mounting are not to be had."""
    folder = tmp_path_factory.mktemp("tried")
    if os.geteuid():
        pytest.skip("a loop device needs root")
    try:
        with disk_of_zeros(folder / "disk") as file, loop(file) as device:
            tool("mkfs.ext4", "-q", device)
            with mounted(device, folder / "mounted"):
                pass
    except MountError as error:
        pytest.skip(f"FUSE is not to be used here: {error}")
    except AssertionError as error:
        pytest.skip(f"loop devices cannot be mounted here: {error}")


def commit(folder: Path, first: int, count: int) -> None:
    """Commit transactions, each on the disk when it is said to be committed."""
    with contextlib.closing(sqlite3.connect(folder / "orders")) as database:
        database.execute("pragma synchronous=extra")
        database.execute("create table if not exists row (number integer primary key, text)")
        for number in range(first, first + count):
            with database:
                database.execute("insert into row values (?, hex(randomblob(500)))", (number,))


def test_file_system_of_this_kernel_survives_the_loss_of_the_original(tmp_path: Path) -> None:
    with serving(*OPTIONS) as run:
        with (
            disk(run.url("a/volume1"), tmp_path / "a") as file,
            loop(file) as device,
        ):
            tool("mkfs.ext4", "-q", device)
            with mounted(device, tmp_path / "before") as before:
                shutil.copytree(ROOT / "docs", before / "docs")
                commit(before, 0, SAFE)
                tool("sync", "--file-system", str(before))
                run.at_rest()
                run.tell("cut")
                commit(before, SAFE, LATER)  # acknowledged, and nowhere but at the original
                run.tell("lose")
        told = run.tell("takeover")
        assert told["consistent"] and told["restored"] < told["created"]
        with disk(run.url("b/volume1"), tmp_path / "b") as file, loop(file) as device:
            tool("e2fsck", "-fp", device, expected=REPAIRED)  # as at every start of a machine: its journal
            with mounted(device, tmp_path / "after") as after:
                assert host("diff", "-r", str(ROOT / "docs"), str(after / "docs")) == ""
                with contextlib.closing(sqlite3.connect(after / "orders")) as database:
                    assert database.execute("pragma integrity_check").fetchone() == ("ok",)
                    assert database.execute("select count(*), max(number) from row").fetchone() == (SAFE, SAFE - 1)
                commit(after, SAFE, LATER)  # hosts go on
        run.stop()
        assert run.records() > 1000


@pytest.mark.long
def test_readme_shows_what_a_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """But for numbers, which are other ones when the documents are."""
    assert session.main() == 0
    readme = (ROOT / "README.md").read_text()
    shown = {NUMBERS.sub("0", line) for line in readme.splitlines()}
    assert [line for line in capsys.readouterr().out.splitlines() if NUMBERS.sub("0", line) not in shown] == []
