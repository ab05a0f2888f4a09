"""What stands around a run: nbdkit, the console, and signals."""

import argparse
import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from mirrorlog.command_line import choice, number, output_folder, whole
from mirrorlog.serve.wire import tell
from mirrorlog.tables.shared_memory import FullPolicy

PLUGIN = Path(__file__).with_name("nbdkit_plugin.py")
ADDRESS = "127.0.0.1"
NBDKIT = "nbdkit"
THREADS = 32
POLL_SECONDS = 0.05
SIGNALS = {
    signal.SIGUSR1: "cut",
    signal.SIGUSR2: "takeover",
    signal.SIGINT: "stop",
    signal.SIGTERM: "stop",
}


class ServeError(Exception):
    """Hosts cannot be served; the text is one line."""


def add_options(parser: argparse.ArgumentParser, volume_bytes: int) -> None:
    """Add the options that any target has."""
    size = whole(512, 1 << 28)
    parser.add_argument("--out", type=output_folder, default=Path("build/serve"), help="folder of the run's files")
    parser.add_argument("--port", type=whole(1, 65535), default=10809, help=f"of NBD at {ADDRESS}")
    parser.add_argument("--socket", type=Path, metavar="FILE", help="local socket of NBD, instead of a port")
    parser.add_argument("--systems", type=whole(1, 2), default=2, help="1: a system alone, without replication")
    parser.add_argument("--volumes", type=whole(1, 2), default=2, help="volumes of each system")
    parser.add_argument("--volume-bytes", type=size, default=volume_bytes, help="bytes of each volume")
    parser.add_argument("--journal-bytes", type=size, default=4 << 20, help="bytes of each journal volume")
    parser.add_argument("--policy", type=choice(FullPolicy), default=FullPolicy.STALL, help="stall, suspend or error")
    parser.add_argument(
        "--watch-time", type=whole(0, 2**32 - 1), default=1_000_000, help="cycles that a write waits for room"
    )
    parser.add_argument("--delay", type=whole(0, 30_000), default=500, help="cycles on the path, one way")
    parser.add_argument(
        "--answer-seconds", type=number(0.1, 86_400), default=60.0, help="without an answer: an I/O error"
    )


class Served:
    """NBD and console of a run that is asked at the local socket `gate`."""

    def __init__(self, arguments: argparse.Namespace, gate: Path) -> None:
        self._arguments = arguments
        self._gate = gate
        self._words: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._nbdkit: subprocess.Popen[bytes] | None = None
        self._log = arguments.out / "nbdkit.log"

    @property
    def url(self) -> str:
        """Where clients connect, without the name of an export."""
        file: Path | None = self._arguments.socket
        return f"nbd://{ADDRESS}:{self._arguments.port}/" if file is None else f"nbd+unix:///?socket={file}"

    def check(self) -> None:
        """See that hosts can be served, before anything takes long. Raises ServeError."""
        if shutil.which(NBDKIT) is None:
            raise ServeError("nbdkit is not installed: tools/setup.sh hosts, or apt-get install nbdkit")
        if self._arguments.socket is not None:
            return
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((ADDRESS, self._arguments.port))
            except OSError as error:
                raise ServeError(f"port {self._arguments.port} of {ADDRESS}: {error.strerror}") from None

    def start(self) -> None:
        """Start nbdkit, and wait until it listens. Raises ServeError."""
        arguments, file = self._arguments, self._arguments.socket
        ready = arguments.out / "nbdkit.pid"
        for old in (ready, *([] if file is None else [file])):
            old.unlink(missing_ok=True)
        where = [f"--port={arguments.port}", f"--ipaddr={ADDRESS}"] if file is None else [f"--unix={file}"]
        command = [NBDKIT, "--foreground", "--exit-with-parent", f"--pidfile={ready}", f"--threads={THREADS}", *where]
        command += ["python", str(PLUGIN), f"gate={self._gate}", f"answer_seconds={arguments.answer_seconds}"]
        package = str(PLUGIN.parents[2])
        with self._log.open("wb") as log:
            self._nbdkit = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1"},
                start_new_session=True,
            )
        while not ready.exists():
            if self._nbdkit.poll() is not None:
                raise ServeError(f"nbdkit has ended: {self._last_line()}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End nbdkit."""
        if self._nbdkit is not None and self._nbdkit.poll() is None:
            self._nbdkit.terminate()
            self._nbdkit.wait()

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Hand on what standard input and signals say, for a while."""
        before = {number: signal.signal(number, self._signal) for number in SIGNALS}
        for work in (self._read, self._ask):
            threading.Thread(target=work, daemon=True).start()
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signal(self, number: int, frame: FrameType | None) -> None:
        self._words.put(SIGNALS[signal.Signals(number)])

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in sys.stdin:
                if line.strip():
                    self._words.put(line.strip())

    def _ask(self) -> None:
        while True:
            words = self._words.get()
            try:
                answer = json.loads(tell(str(self._gate), words))
            except OSError as error:
                print(f"{words}: {error.strerror or error}", flush=True)
                continue
            print(" ".join(f"{name} {value}," for name, value in answer.items()).rstrip(","), flush=True)

    def _last_line(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "its log is empty")
