"""What all commands share: interruptions, files that are whole or not there, progress, help with defaults."""

import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import mirrorlog
from mirrorlog.__main__ import COMMANDS, main
from mirrorlog.command_line import INTERRUPTED, TERMINATED, Progress, guarded, write_whole
from mirrorlog.simulate import command as simulate_command
from tools.sources import ROOT


class Terminal(io.StringIO):
    """Where a bar is drawn."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, INTERRUPTED, "stopped by Ctrl-C"), (signal.SIGTERM, TERMINATED, "stopped by SIGTERM")],
)
def test_an_interruption_is_a_line_and_a_status(
    number: signal.Signals, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> int:
        os.kill(os.getpid(), number)
        raise AssertionError("goes on")

    # a shell's background job starts with Ctrl-C ignored
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        before = signal.getsignal(signal.SIGTERM)
        assert guarded(command) == status
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGTERM) == before
    finally:
        signal.signal(signal.SIGINT, inherited)
    assert capsys.readouterr().err.strip() == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x.img"), "error: x.img: No space left on device"),
        (MemoryError(), "error: not enough memory"),
        (RecursionError(), "error: what is read is nested too deeply"),
    ],
)
def test_want_of_room_is_one_line(error: Exception, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise error

    assert guarded(command) == 2
    assert capsys.readouterr().err == f"{said}\n"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "volume1.img"
    write_whole(file, lambda part: part.write_bytes(b"before"))

    def full(part: Path) -> None:
        part.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"No space left on device: .*volume1\.img"):
        write_whole(file, full)
    assert list(tmp_path.iterdir()) == [file] and file.read_bytes() == b"before"


def test_a_disk_that_is_full_leaves_no_half_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the file."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    try:
        assert main(["simulate", "--writes", "20", "--out", str(tmp_path / "out")]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert capsys.readouterr().err == f"error: {tmp_path / 'out' / 'volume1.img'}: File too large\n"
    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_zero_in_an_image_takes_no_room(tmp_path: Path) -> None:
    """Nor in memory: the volumes are larger than that."""
    arguments = ["--writes", "5", "--volumes", "2", "--volume-bytes", str(1 << 38), "--out", str(tmp_path)]
    assert main(["simulate", *arguments]) == 0
    statuses = [(tmp_path / f"volume{volume}.img").stat() for volume in (1, 2)]
    assert all(status.st_size == 1 << 38 and status.st_blocks * 512 <= 1 << 20 for status in statuses)
    assert any(status.st_blocks for status in statuses)


def test_a_long_initial_copy_is_said_before_it_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(simulate_command, "LONG_COPY_BYTES", 1 << 20)
    for copy, said in (("during", "initial copy of 2,097,152 bytes: takes minutes for each 16 GiB\n"), ("before", "")):
        assert main(["simulate", "--writes", "5", "--copy", copy]) == 0
        assert capsys.readouterr().err == said


def test_progress_is_a_line_now_and_then_where_the_output_is_no_terminal() -> None:
    now, log = [0.0], io.StringIO()
    progress = Progress(log, lambda: now[0])
    for second in range(13):
        now[0] = float(second)
        progress.within("10 km")("host writes", 1000 * second, 12_000)
    progress.close()
    lines = log.getvalue().splitlines()
    assert lines[0] == "10 km: host writes: 5,000 of 12,000" and len(lines) >= 2


def test_progress_is_a_bar_on_a_terminal_that_goes_away() -> None:
    now, terminal = [0.0], Terminal()
    progress = Progress(terminal, lambda: now[0])
    progress("building")
    assert terminal.getvalue() == ""
    now[0] = 1.0
    progress("commands", 30, 60)
    assert "[" + "#" * 15 + " " * 15 + "] commands: 30 of 60" in terminal.getvalue()
    progress.close()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_bar_that_a_part_drew_goes_away_however_the_command_ends() -> None:
    now, terminal = [0.0], Terminal()
    with pytest.raises(ZeroDivisionError), Progress(terminal, lambda: now[0]) as progress:
        now[0] = 1.0
        progress.within("10 km")("host writes", 30, 60)
        raise ZeroDivisionError
    assert terminal.getvalue().endswith("30 of 60\x1b[K\r\x1b[K")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_the_defaults(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for default in {"compare": ["(8)"], "simulate": ["(1000)", "(100.0)", "(two)", "(stall)", "(by-number)"]}.get(
        command, []
    ):
        assert default in said
    assert "TopologyKind" not in said and "frozenset" not in said


def test_names_are_taken_with_either_sign_between_their_words() -> None:
    for mode in ("by-number", "by_number"):
        assert main(["simulate", "--writes", "5", "--mode", mode]) == 0


def test_comparing_needs_no_package_of_simulating() -> None:
    """Each command needs its own alone, and says which."""
    script = (
        "import sys; sys.modules['simpy'] = None; from mirrorlog.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run([*command, "compare", "none.jsonl"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == "error: none.jsonl: No such file or directory\n"
    done = subprocess.run([*command, "simulate"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (
        2,
        1,
    ) and "simulate needs the Python package simpy" in done.stderr


def test_the_package_is_found_from_its_checkout_and_the_old_name_says_the_new_one(tmp_path: Path) -> None:
    """`mirrorlog` beside the Python of .venv; what pip would install is what is there."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "mirrorlog.pth").write_text(f"{ROOT / 'model'}\n")
    script = f"import site; site.addsitedir({str(folder)!r}); from mirrorlog.__main__ import main; main(['--version'])"
    command = [sys.executable, "-I", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"mirrorlog {mirrorlog.__version__}\n"
    old = [sys.executable, "-m", "model", "compare", "a b.jsonl"]
    done = subprocess.run(old, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: python -m model is now: mirrorlog compare 'a b.jsonl'\n")
