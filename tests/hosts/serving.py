"""A run that serves hosts, as a test starts and ends it, and the tools that the host's side needs."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.serve.wire import tell
from tests.planted.bug import Bug
from tests.planted.plant import planted_texts
from tools.sources import ROOT

POLL_SECONDS = 0.02
# A busy machine is slow, which is no error; nothing here waits longer
PATIENT_SECONDS = 600
HOST_PYTHON = "/usr/bin/python3"
SBIN = ("/usr/sbin", "/sbin")


def needs(*commands: str, packages: Sequence[str] = ()) -> pytest.MarkDecorator:
    """Skip a test where one of the commands, or of the system Python's packages, is missing."""
    missing = [name for name in commands if found(name) is None]
    if "nbdkit" in commands and not missing:
        tried = subprocess.run([str(found("nbdkit")), "--dump-plugin", "python"], capture_output=True, check=False)
        missing += ["nbdkit's Python plugin"] * (tried.returncode != 0)
    missing += [f"Python's {name}" for name in packages if not _has_package(name)]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} missing (tools/setup.sh hosts)")


def found(name: str) -> str | None:
    """Return where a command is, None if it is missing."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *SBIN)))


def _has_package(name: str) -> bool:
    tried = subprocess.run([HOST_PYTHON, "-c", f"import {name}"], capture_output=True, check=False)
    return tried.returncode == 0


@dataclass(frozen=True)
class Serving:
    """A run that serves hosts. `folder` has its files, on a short path: those of local sockets are."""

    folder: Path
    process: "subprocess.Popen[str]"

    @property
    def gate(self) -> str:
        """The local socket at which the run is asked."""
        return str(self.folder / "gate")

    def url(self, name: str) -> str:
        """Return the NBD address of an export."""
        return f"nbd+unix:///{name}?socket={self.folder}/nbd"

    def tell(self, words: str) -> dict[str, Any]:
        """Tell the run something, as its console does."""
        return dict(json.loads(tell(self.gate, words)))

    def say(self, words: str, answer: str) -> None:
        """Type a line at the run's console, and wait until it has said something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        self.wait_for(answer)

    def wait_for(self, text: str) -> None:
        """Wait until the run has said something."""
        wait_until(lambda: text in self.log() or self.process.poll() is not None, f"{text!r} of {self.log()}")
        assert text in self.log(), self.log()

    def at_rest(self) -> dict[str, Any]:
        """Wait until everything is restored; returns the status."""
        wait_until(lambda: (told := self.tell("status"))["restored"] == told["created"], "everything is restored")
        return self.tell("status")

    def log(self) -> str:
        """Return what the run has said."""
        return (self.folder / "log").read_text()

    def stop(self) -> None:
        """End the run, which must end well."""
        if self.process.poll() is None:
            self.process.terminate()
        assert self.process.wait(PATIENT_SECONDS) == 0, self.log()

    def records(self, *options: str) -> int:
        """Return how many records the capture has, all of which must be right; `options` are the comparison's."""
        compared = subprocess.run(
            [sys.executable, "-m", "mirrorlog", "compare", *options, "--json", str(self.folder / "capture.jsonl")],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT / "model")},
            timeout=PATIENT_SECONDS,
        )
        result = json.loads(compared.stdout or "{}")
        assert result.get("equal"), compared.stdout + compared.stderr
        return int(result["records"])


@contextlib.contextmanager
def serving(*options: str, model: Path = ROOT / "model", command: Sequence[str] = ()) -> Iterator[Serving]:
    """Serve for a while; `model` is the folder of the package, `command` what serves (the model, if it is empty)."""
    with tempfile.TemporaryDirectory(prefix="hosts-") as name:
        folder = Path(name)
        if not any(option.startswith("--answer-seconds") for option in options):
            options = (*options, f"--answer-seconds={PATIENT_SECONDS}")
        if not any(option.startswith("--port") for option in options):
            options = (*options, f"--socket={folder}/nbd")
        words = [*(command or (sys.executable, "-m", "mirrorlog", "serve")), f"--out={folder}"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*words, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(model)},
            )
        run = Serving(folder, process)
        try:
            _wait(run)
            yield run
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


def planted_model(bug: Bug, folder: Path) -> Path:
    """Return a copy of the model's folder that has a bug."""
    shutil.copytree(ROOT / "model", folder / "model", ignore=shutil.ignore_patterns("__pycache__"))
    for file, text in planted_texts(bug).items():
        (folder / file).write_text(text)
    return folder / "model"


def _wait(run: Serving) -> None:
    """Wait until hosts are served."""
    run.wait_for(" serves ")


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Wait for something, which comes within PATIENT_SECONDS."""
    end = time.monotonic() + PATIENT_SECONDS
    while not ready():
        assert time.monotonic() < end, f"waited {PATIENT_SECONDS} seconds: {what}"
        time.sleep(POLL_SECONDS)


def host_script(run: Serving, export: str, script: str, *arguments: str) -> list[str]:
    """Run a script of libnbd's Python, where `h` is connected to an export and `tried(call, ...)` says how a call
    ends; returns its lines."""
    head = (
        "import sys, nbd\n"
        "h = nbd.NBD()\n"
        "h.connect_uri(sys.argv[1])\n"
        "h.set_strict_mode(0)\n"
        "def tried(call, *arguments):\n"
        "    try:\n"
        "        call(*arguments)\n"
        "        print('ok', flush=True)\n"
        "    except nbd.Error as error:\n"
        "        print(error.errno, flush=True)\n"
    )
    done = subprocess.run(
        [HOST_PYTHON, "-c", head + script, run.url(export), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def host(*command: str) -> str:
    """Run one of the host's tools, which must end well; returns what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENT_SECONDS)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout
