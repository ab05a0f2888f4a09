"""A Linux kernel that runs as a process (user-mode Linux), with exports as its disks: of this machine it needs FUSE."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.hosts.serving import PATIENT_SECONDS, found, wait_until

MEMORY = "mem=64M"
MARK = "@"
"""Lines of a script's output that begin with this are its own; others are the kernel's."""
HEAD = """#!/bin/sh
mount -t proc proc /proc
mount -t tmpfs tmp /mnt
mkdir /mnt/1 /mnt/2
"""


class MountError(Exception):
    """FUSE does not mount."""


@contextlib.contextmanager
def disk(url: str, folder: Path) -> Iterator[Path]:
    """Offer an export as a file, for a while. Raises MountError."""
    with _mounted(folder, url) as file:
        yield file


@contextlib.contextmanager
def disk_of_zeros(folder: Path) -> Iterator[Path]:
    """Offer a disk of nobody's as a file, for a while. Raises MountError."""
    with _mounted(folder, "--command", str(found("nbdkit")), "-s", "--exit-with-parent", "memory", "1M") as file:
        yield file


@contextlib.contextmanager
def _mounted(folder: Path, *words: str) -> Iterator[Path]:
    folder.mkdir()
    process = subprocess.Popen([str(found("nbdfuse")), str(folder), *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        wait_until(lambda: os.path.ismount(folder) or process.poll() is not None, f"{folder} is mounted")
        if process.poll() is not None:
            raise MountError(process.stderr.read())
        yield folder / "nbd"
    finally:
        process.terminate()
        process.communicate()


@contextlib.contextmanager
def kernel(script: str, disks: Sequence[Path], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Boot a kernel whose first process is a shell script (behind HEAD); the disks are /dev/ubda, /dev/ubdb. It is
    switched off when this ends, or after PATIENT_SECONDS."""
    init = folder / "init"
    init.write_text(HEAD + script)
    init.chmod(0o755)
    drives = [f"ubd{number}={file}" for number, file in enumerate(disks)]
    command = [str(found("linux.uml")), MEMORY, "root=/dev/root", "rootfstype=hostfs", "ro", f"init={init}"]
    with (folder / "kernel.log").open("w") as log:
        process = subprocess.Popen(
            [*command, *drives, "con=null", "con0=fd:0,fd:1", "quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={"PATH": os.defpath, "HOME": "/", "TMPDIR": str(folder)},
        )

        def switch_off() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)

        limit = threading.Timer(PATIENT_SECONDS, switch_off)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            switch_off()
            process.communicate()


def said(process: "subprocess.Popen[str]") -> Iterator[list[str]]:
    """Yield the words of each line that the script says with MARK."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(MARK):
            yield line[len(MARK) :].split()


def boot(disk: Path, folder: Path) -> str:
    """Boot a kernel that does nothing; returns why it does not, "" if it does."""
    with kernel(f"echo {MARK}boots\nsleep 1000\n", [disk], folder) as process:
        if next(said(process), []) == ["boots"]:
            return ""
    return f"user-mode Linux does not boot here: {(folder / 'kernel.log').read_text()[-200:]}"
