"""The session of the README: a kernel's file system, and the loss of the original under it.

    python -m tests.hosts.session

Runs it as root, with FUSE and loop devices, and prints what a terminal shows. Exit status: 1 if the copy
differs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mirrorlog.serve.hosts import COMMANDS
from tests.hosts.serving import PATIENT_SECONDS, Serving, serving, wait_until
from tools.sources import ROOT

BEFORE = """
nbdfuse a {url}a/volume1 &
mkfs.ext4 -q a/nbd && mount -o loop a/nbd before
cp -r docs before && sync
cat before/docs/*.md | md5sum
"""
AFTER = """
umount -l before
nbdfuse b {url}b/volume1 &
losetup /dev/loop0 b/nbd; e2fsck -fp /dev/loop0; mount /dev/loop0 after
cat after/docs/*.md | md5sum
diff -r docs after/docs && echo equal
"""
END = "umount after; losetup -d /dev/loop0; umount a b; true"
PORT = 10809
SHOWN = "    "


def main() -> int:
    """Run it; returns the exit status."""
    url = f"nbd://127.0.0.1:{PORT}/"
    with tempfile.TemporaryDirectory(prefix="session-") as name, serving(f"--port={PORT}") as run:
        folder = Path(name)
        for made in ("a", "b", "before", "after"):
            (folder / made).mkdir()
        shutil.copytree(ROOT / "docs", folder / "docs")
        try:
            shown("$ make serve", *run.log().splitlines())
            assert COMMANDS in run.log()
            typed(folder, BEFORE.format(url=url))
            run.at_rest()
            for words in ("lose", "takeover"):
                console(run, words)
            said = typed(folder, AFTER.format(url=url))
        finally:
            subprocess.run(["sh", "-c", END], cwd=folder, check=False, stderr=subprocess.DEVNULL)
        run.stop()
        return int(not said.endswith("equal\n"))


def typed(folder: Path, script: str) -> str:
    """Run each line in a shell, and show it with what it says; returns all that was said."""
    said = ""
    for line in script.strip().splitlines():
        shown(f"# {line}")
        if line.endswith("&"):
            mounted = folder / line.split()[1]
            subprocess.Popen(line.removesuffix("&").split(), cwd=folder)
            wait_until(lambda: mounted.is_mount(), f"{mounted} is mounted")  # noqa: B023 - waits before the next line
            continue
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENT_SECONDS,
            check=False,
        )
        shown(*done.stdout.splitlines())
        said += done.stdout
    return said


def console(run: Serving, words: str) -> None:
    """Type at the run's console, and show it with what the run's log says."""
    before = len(run.log())
    run.tell(words)
    shown(words, *run.log()[before:].splitlines())


def shown(*lines: str) -> None:
    """Print lines as the README has them."""
    for line in lines:
        print(f"{SHOWN}{line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
