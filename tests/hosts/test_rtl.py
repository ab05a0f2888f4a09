"""Hosts at the RTL, in lock-step with the model."""

import sys

import pytest

from tests.hosts.serving import host_script, needs, serving
from tests.tb.link.test_stand_in import board

BOTH = """
tried(h.pwrite, b"a" * 1024, 0)
tried(h.pwrite, b"b" * 512 + b"c" * 20480, 512)
tried(h.pwrite, bytes(512), 1)
tried(h.pwrite, b"d" * 2048, 32768, nbd.CMD_FLAG_FUA)
tried(h.trim, 512, 33280)
tried(h.zero, 8192, 40960, nbd.CMD_FLAG_FUA | nbd.CMD_FLAG_NO_HOLE)
"""
ZEROS = "print(h.pread(2048, 32768) == b'd' * 512 + bytes(512) + b'd' * 1024 and not any(h.pread(8192, 40960)))"
READ = "print(h.pread(1536, 0) == b'a' * 512 + b'b' * 512 + b'c' * 512)\ntried(h.flush)"


COMMAND = (sys.executable, "-m", "tb.serve")
# Other tests' build
VERILATOR = (*COMMAND, "--sim=verilator")
SMALL = ("--volumes=1", "--volume-bytes=65536")
FAILED = "tried(h.pwrite, b'last' * 128, 49152)\ntried(h.flush)\ntried(h.pread, 512, 0)"
LAST = "print(h.pread(512, 49152) == b'last' * 128)"
RTL = needs("nbdkit", "iverilog", packages=("nbd",))


@RTL
def test_hosts_of_the_rtl_read_what_they_wrote_and_go_on_at_the_secondary() -> None:
    with serving(*SMALL, command=VERILATOR) as run:
        assert host_script(run, "a/volume1", BOTH) == ["ok", "ok", "EINVAL", "ok", "ok", "ok"]
        assert host_script(run, "a/volume1", READ) == ["True", "ok"]
        assert host_script(run, "a/volume1", ZEROS) == ["True"]
        assert host_script(run, "b/volume1", "tried(h.pread, 512, 0)") == ["EPERM"]
        run.wait_for("b/volume1: read of 512 bytes at 0: volume secondary (status 5): EPERM\n")
        run.tell("fail a/volume1")
        run.wait_for("a/volume1: its storage device fails\n")
        assert host_script(run, "a/volume1", FAILED) == ["ok", "EIO", "EIO"]
        run.wait_for("a/volume1: read of 512 bytes at 0: volume abnormal (status 4): EIO\n")
        run.at_rest()
        run.tell("lose")
        assert host_script(run, "a/volume1", "tried(h.pread, 512, 0)") == ["ESHUTDOWN"]
        told = run.tell("takeover")
        assert told["consistent"]
        run.wait_for(f"taken over: consistent, {told['restored']} of {told['created']} journals restored\n")
        assert host_script(run, "b/volume1", READ + "\ntried(h.pwrite, bytes(512), 0)") == ["True", "ok", "ok"]
        assert host_script(run, "b/volume1", ZEROS + "\n" + LAST) == ["True", "True"]
        run.stop()
        assert "mismatches 0" in run.log()
        run.records()


@RTL
def test_hosts_of_a_system_alone_have_volumes_and_no_partner() -> None:
    with serving(*SMALL, "--systems=1", command=COMMAND) as run:
        assert host_script(run, "a/volume1", BOTH) == ["ok", "ok", "EINVAL", "ok", "ok", "ok"]
        assert host_script(run, "a/volume1", READ + "\n" + ZEROS) == ["True", "ok", "True"]
        run.say("takeover", "takeover: takeover: there is one system")
        assert run.tell("status")["writes"] == 3
        run.stop()
        assert "mismatches 0" in run.log()


def copied_and_taken_over(*options: str) -> None:
    """A host writes at the original, which is lost, and goes on at the secondary."""
    with serving(*SMALL, *options, command=COMMAND) as run:
        assert (
            host_script(run, "a/volume1", "tried(h.pwrite, b'a' * 4096, 512)\ntried(h.trim, 512, 1024)") == ["ok"] * 2
        )
        held = "print(h.pread(4608, 0) == bytes(512) + b'a' * 512 + bytes(512) + b'a' * 3072)"
        assert host_script(run, "a/volume1", held) == ["True"]
        told = run.at_rest()
        assert told["stored"] == told["created"]
        run.tell("lose")
        assert run.tell("takeover")["consistent"]
        assert host_script(run, "b/volume1", held + "\ntried(h.pwrite, bytes(512), 0)\ntried(h.flush)") == [
            "True",
            "ok",
            "ok",
        ]
        run.stop()
        assert "mismatches 0" in run.log()
        run.records()


@RTL
@pytest.mark.parametrize("side", ["original", pytest.param("secondary", marks=pytest.mark.long)])
def test_hosts_go_on_where_the_model_plays_the_other_system(side: str) -> None:
    copied_and_taken_over("--partner=model", f"--side={side}")


@RTL
@pytest.mark.long
@pytest.mark.parametrize("system", [1, 2])
def test_hosts_go_on_where_one_system_is_on_a_board(system: int) -> None:
    with board(f"SYSTEM={system}") as port:
        side = "original" if system == 1 else "secondary"
        copied_and_taken_over(f"--target=socket://127.0.0.1:{port}", f"--side={side}", "--journal-bytes=65536")


@RTL
@pytest.mark.long
def test_host_of_an_rtl_that_stands_still_gets_an_error_in_bounded_time() -> None:
    """The journal is full, the path is cut, and the write would wait for ever."""
    options = ("--journal-bytes=131072", "--watch-time=4294967295", "--answer-seconds=15")
    writes = "for n in range(int(sys.argv[2])): tried(h.pwrite, bytes([n + 1]) * 4096, 4096 * (n % 16))"
    with serving(*SMALL, *options, command=VERILATOR) as run:
        run.tell("cut")
        answers = host_script(run, "a/volume1", writes, "32")
        assert answers[0] == "ok" and answers[-1] == "EIO"
        run.wait_for("a connection ended before its write was answered, which goes on")
        run.tell("heal")
        run.at_rest()
        assert host_script(run, "a/volume1", writes, "4") == ["ok"] * 4
        run.stop()
        assert "mismatches 0" in run.log()
        run.records()
