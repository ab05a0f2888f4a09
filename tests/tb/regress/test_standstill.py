"""`make regress`: others that stand still, answer nothing, or have settings of their own."""

import os
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path

import dask
import pytest

from tb.regress import cluster
from tb.regress.__main__ import run
from tests.tb.regress.begun import begin, is_running, results, said_until_its_end, tasks_of
from tests.tb.regress.conftest import StartWorker, wait_for
from tests.tb.regress.stand_in import attempts, run_stand_in


def test_ctrl_c_ends_a_regression_whose_worker_stands_still(tmp_path: Path) -> None:
    """Its seed is ended, too."""
    tasks, out = tasks_of(tmp_path / "tasks", s2="wait"), tmp_path / "out"
    process = begin(tasks, "SEEDS=2", "JOBS=1", f"OUT={out}")
    wait_for(lambda: len(attempts(tasks)) == 2 and results(out), "seeds 1 and 2")
    (_, own, worker) = attempts(tasks)[1]
    os.kill(worker, signal.SIGSTOP)
    os.kill(process.pid, signal.SIGINT)
    said = said_until_its_end(process)
    assert process.returncode == 130 and "1 of 2 seeds run, 0 failed" in said
    wait_for(lambda: not is_running(own) and not is_running(worker), "the end of seed 2 and its worker")


def test_ctrl_c_while_a_cluster_begins_ends_the_regression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as it has begun, and with it; nothing is written."""
    begun = []

    class Interrupted(cluster.LocalCluster):
        def __init__(self, **options: object) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            super().__init__(**options)
            begun.append(self)

    monkeypatch.setattr(cluster, "LocalCluster", Interrupted)
    # a shell that runs the tests in the background has it ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_stand_in(tmp_path, "SEEDS=1", "JOBS=1", f"OUT={tmp_path / 'out'}")
    finally:
        signal.signal(signal.SIGINT, before)
    assert [found.status.name for found in begun] == ["closed"]
    assert not (tmp_path / "out").exists()


def test_ctrl_c_ends_a_regression_whose_scheduler_stands_still(
    tmp_path: Path, start_worker: StartWorker, scheduler: str, scheduler_process: int
) -> None:
    """With a report of what was done."""
    start_worker()
    tasks, out = tasks_of(tmp_path / "tasks", s2="wait"), tmp_path / "out"
    process = begin(tasks, "SEEDS=2", f"SCHEDULER={scheduler}", f"OUT={out}")
    wait_for(lambda: len(attempts(tasks)) == 2 and results(out), "seeds 1 and 2")
    os.kill(scheduler_process, signal.SIGSTOP)
    try:
        os.kill(process.pid, signal.SIGINT)
        said = said_until_its_end(process)
    finally:
        os.kill(scheduler_process, signal.SIGCONT)
    assert process.returncode == 130 and "1 of 2 seeds run, 0 failed" in said
    os.kill(attempts(tasks)[1][1], signal.SIGKILL)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.0 400 Bad Request\r\n\r\n"])
def test_what_is_no_scheduler_is_one_line(
    answer: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it answers something else, or nothing for ever."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            with suppress(OSError):
                found = listener.accept()[0]
                found.sendall(answer)
                found.recv(1 << 16)
                ended.wait()

        ended = threading.Event()
        threading.Thread(target=speak, daemon=True).start()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        assert run([f"SCHEDULER={address}", "SIM=icarus", f"OUT={tmp_path / 'out'}"]) == 2
        ended.set()
    error = capsys.readouterr().err
    assert error.startswith(f"error: SCHEDULER={address}: cannot be reached: ") and error.count("\n") == 1, error
    assert not (tmp_path / "out").exists()


def test_settings_of_dask_that_the_caller_has_do_not_reach_a_cluster_of_its_own(tmp_path: Path) -> None:
    """And stand again behind it."""
    with dask.config.set({"distributed.worker.preload": ["no_such_module"], "distributed.comm.compression": "none"}):
        assert run_stand_in(tmp_path, "SEEDS=1", "JOBS=1", f"OUT={tmp_path / 'out'}") == 0
        assert dask.config.get("distributed.worker.preload") == ["no_such_module"]
