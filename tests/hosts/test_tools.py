"""Tools of real hosts at the volumes of the model: fio, nbdcopy, qemu-img, and requests that are wrong."""

import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.hosts.serving import PATIENT_SECONDS, found, host, host_script, needs, serving
from tools.sources import ROOT

SMALL = ("--volume-bytes=2097152",)
NBD = needs("nbdkit", packages=("nbd",))
# The journal volume's write data area has room for some 30 writes of 4 KiB
TINY = ("--volume-bytes=1048576", "--journal-bytes=131072")
WRITES = "for n in range(int(sys.argv[2])): tried(h.pwrite, bytes([n + 1]) * 4096, 4096 * n)"


@needs("nbdkit", "fio")
def test_fio_verifies_what_it_wrote_and_after_the_takeover_what_was_restored(seed: int) -> None:
    rng = random.Random(seed)

    def job(export: str, *options: str) -> list[str]:
        sizes = ("--bsrange=512-65536", "--bs_unaligned=0", "--blockalign=512", "--size=1m", "--io_size=1m")
        checks = ("--verify=crc32c", "--fsync=20", "--verify_state_save=0")
        return [
            "fio",
            "--name=job",
            "--ioengine=nbd",
            f"--uri={run.url(export)}",
            "--rw=randwrite",
            *sizes,
            *checks,
            *options,
        ]

    with serving(*SMALL) as run:
        first, later = (
            (f"--randseed={rng.randrange(1 << 16)}", f"--iodepth={rng.choice((2, 8, 32))}", f"--offset={place}m")
            for place in (0, 1)
        )
        assert "err= 0" in host(*job("a/volume1", *first, "--do_verify=1"))
        created = run.at_rest()["created"]
        run.tell("cut")
        assert "err= 0" in host(*job("a/volume1", *later, "--do_verify=1"))
        told = run.tell("takeover")
        assert told["consistent"] and told["restored"] == created < told["created"]
        assert "err= 0" in host(*job("b/volume1", *first, "--verify_only"))
        lost = subprocess.run(
            job("b/volume1", *later, "--verify_only"), capture_output=True, check=False, timeout=PATIENT_SECONDS
        )
        assert lost.returncode == 1  # had not been restored
        run.stop()
        assert run.records() > 1000


@needs("nbdkit", "qemu-img", packages=("nbd",))
def test_original_and_copy_at_rest_are_identical_for_qemu_img() -> None:
    with serving(*SMALL) as run:
        assert host_script(run, "a/volume1", WRITES, "60") == ["ok"] * 60
        run.at_rest()
        assert run.tell("takeover")["consistent"]
        assert "identical" in host("qemu-img", "compare", run.url("a/volume1"), run.url("b/volume1"))
        run.stop()


@needs("nbdkit", "nbdcopy", "qemu-img")
def test_nbdcopy_brings_an_image_to_the_original_and_back_with_console_and_signals(tmp_path: Path, seed: int) -> None:
    image, back = tmp_path / "image", tmp_path / "back"
    image.write_bytes(random.Random(seed).randbytes(1 << 20) + bytes(1 << 20))
    with serving(*SMALL) as run:
        host("nbdcopy", str(image), run.url("a/volume2"))
        run.at_rest()
        run.say("status", "path up, original normal, secondary normal, writes ")
        run.say("give up", "give up: 'give up' is none of cut, heal, lose, takeover, fail EXPORT, status, stop")
        run.process.send_signal(signal.SIGUSR1)
        run.wait_for("path cut, ")
        run.process.send_signal(signal.SIGUSR2)
        run.wait_for("secondary taken over, ")
        host("nbdcopy", run.url("b/volume2"), str(back))
        assert back.read_bytes() == image.read_bytes()
        run.process.send_signal(signal.SIGINT)
        run.process.wait(PATIENT_SECONDS)
        run.stop()
        run.records()


@NBD
def test_wrong_requests_get_the_error_that_fits_and_the_next_one_is_served() -> None:
    script = (
        "size = h.get_size()\n"
        "tried(h.pwrite, bytes(512), 1)\n"  # unaligned
        "tried(h.pwrite, bytes(100), 512)\n"
        "tried(h.pread, 512, 256)\n"
        "tried(h.pwrite, bytes(1024), size - 512)\n"  # beyond the end
        "tried(h.pread, 1024, size - 512)\n"
        "tried(h.pread, 0, 0)\n"  # no bytes
        "tried(h.pread, 65 << 20, 0)\n"  # too large
        "tried(h.pwrite, bytes(512), size - 512)\n"
    )
    with serving(*SMALL) as run:
        answers = host_script(run, "a/volume1", script)
        assert answers == ["EINVAL", "EINVAL", "EINVAL", "ENOSPC", "EINVAL", "EINVAL", "ERANGE", "ok"]
        assert "a/volume1: write of 512 bytes at 1: unaligned (status 7): EINVAL" in run.log()
        run.stop()
        run.records()


@NBD
def test_trim_zero_and_fua_are_the_host_ports_and_come_to_the_secondary() -> None:
    script = (
        "tried(h.pwrite, b'x' * 65536, 0, nbd.CMD_FLAG_FUA)\n"
        "tried(h.trim, 20480, 512)\n"
        "tried(h.zero, 8192, 32768, nbd.CMD_FLAG_FUA | nbd.CMD_FLAG_NO_HOLE)\n"
        "tried(h.trim, 512, h.get_size())\n"
    )
    left = "print([byte == 0 for byte in h.pread(65536, 0)[::512]] == "
    left += "[0 < block < 41 or 64 <= block < 80 for block in range(128)])"
    with serving(*SMALL) as run:
        assert host_script(run, "a/volume1", script) == ["ok", "ok", "ok", "EINVAL"]
        run.at_rest()
        run.tell("takeover")
        assert host_script(run, "a/volume1", left) == host_script(run, "b/volume1", left) == ["True"]
        run.stop()
        assert run.records() > 100


@NBD
def test_secondary_volume_refuses_hosts_until_the_takeover_and_a_lost_original_from_then_on() -> None:
    both = "print(h.is_read_only(), flush=True)\ntried(h.pwrite, bytes(512), 0)\ntried(h.pread, 512, 0)\n"
    with serving(*SMALL) as run:
        # a host that has it open read-only when the takeover comes stays read-only
        opened = subprocess.Popen(
            [
                *("/usr/bin/python3", "-c"),
                "import sys, nbd\nh = nbd.NBD()\nh.connect_uri(sys.argv[1])\nh.set_strict_mode(0)\n"
                "print('open', flush=True)\nsys.stdin.readline()\n"
                "try:\n    h.pwrite(bytes(512), 0)\nexcept nbd.Error as error:\n    print(error.errno)\n"
                "print(h.pread(512, 0)[:4])\n",
                run.url("b/volume1"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert opened.stdout is not None and opened.stdout.readline() == "open\n"
        assert host_script(run, "b/volume1", both) == ["True", "EPERM", "EPERM"]
        assert "b/volume1 is opened read-only: hosts write at the secondary system after the takeover" in run.log()
        assert "b/volume1: read of 512 bytes at 0: volume secondary (status 5): EPERM" in run.log()
        assert host_script(run, "a/volume1", "tried(h.pwrite, b'kept' * 128, 0)") == ["ok"]
        run.at_rest()
        run.tell("lose")
        assert host_script(run, "a/volume1", both) == ["False", "ESHUTDOWN", "ESHUTDOWN"]
        run.tell("takeover")
        said, _ = opened.communicate("\n")
        assert said == "EPERM\nbytearray(b'kept')\n"
        assert host_script(run, "b/volume1", both) == ["False", "ok", "ok"]
        run.stop()
        run.records()


@NBD
def test_volume_whose_device_failed_answers_with_errors_and_its_copy_has_what_was_acknowledged() -> None:
    wait = "print('written', flush=True)\ntried(h.flush)\ntried(h.pread, 512, 0)\ntried(h.pwrite, bytes(512), 0)"
    with serving(*SMALL) as run:
        assert host_script(run, "a/volume1", "tried(h.pwrite, b'before' + bytes(506), 0)\ntried(h.flush)") == ["ok"] * 2
        run.tell("fail a/volume1")
        script = f"tried(h.pwrite, b'behind' + bytes(506), 512)\n{wait}"
        assert host_script(run, "a/volume1", script) == ["ok", "written", "EIO", "EIO", "EIO"]
        assert "a/volume1: its storage device fails" in run.log()
        assert "a/volume1: write of 512 bytes at 0: volume abnormal (status 4): EIO" in run.log()
        assert host_script(run, "a/volume2", "tried(h.pwrite, b'other' + bytes(507), 0)") == ["ok"]
        assert run.at_rest()["original"] == "normal"
        run.tell("lose")
        assert run.tell("takeover")["consistent"]
        held = "print(h.pread(512, 0)[:6] == b'before' and h.pread(512, 512)[:6] == b'behind')"
        assert host_script(run, "b/volume1", held) == ["True"]
        run.stop()
        run.records()


@needs("nbdkit", "nbdcopy", packages=("nbd",))
def test_secondary_volume_that_may_be_read_holds_the_moment_of_the_cut(tmp_path: Path) -> None:
    with serving(*SMALL, "--secondary-reads") as run:
        assert host_script(run, "a/volume1", WRITES, "60") == ["ok"] * 60
        run.at_rest()
        run.tell("cut")
        later = "for n in range(60): tried(h.pwrite, b'x' * 4096, 4096 * n)"
        assert host_script(run, "a/volume1", later) == ["ok"] * 60
        refused = "tried(h.pwrite, bytes(512), 0)\ntried(h.trim, 512, 0)"
        assert host_script(run, "b/volume1", refused) == ["EPERM"] * 2
        for taken_over in (False, True):
            copy = tmp_path / f"copy{taken_over}"
            host("nbdcopy", run.url("b/volume1"), str(copy))
            assert copy.read_bytes()[: 60 * 4096] == b"".join(bytes([n + 1]) * 4096 for n in range(60))
            if not taken_over:
                assert run.tell("takeover")["consistent"]
        run.stop()
        run.records("--secondary-reads")


@NBD
def test_two_hosts_write_one_volume_and_one_that_ends_in_a_write_loses_nothing_acknowledged() -> None:
    many = (
        "first = int(sys.argv[2])\nfor n in range(40): tried(h.pwrite, bytes([first]) * 4096, 4096 * (first + 2 * n))\n"
    )
    cut_off = (
        "import os\n"
        "for n in range(16): h.aio_pwrite(nbd.Buffer.from_bytearray(bytearray(b'x' * 65536)), 1 << 20)\n"
        "os._exit(0)\n"
    )
    with serving(*SMALL) as run:
        connect = "import sys, nbd\nh = nbd.NBD()\nh.connect_uri(sys.argv[1])\n"
        connect += "def tried(call, *arguments): call(*arguments)\n"
        two = [
            subprocess.Popen(["/usr/bin/python3", "-c", connect + many, run.url("a/volume1"), str(first)])
            for first in (0, 1)
        ]
        gone = subprocess.run(
            ["/usr/bin/python3", "-c", connect + cut_off, run.url("a/volume1")], check=True, timeout=PATIENT_SECONDS
        )
        assert gone.returncode == 0 and [process.wait(PATIENT_SECONDS) for process in two] == [0, 0]
        check = "print(all(h.pread(4096, 4096 * n) == bytes([n % 2]) * 4096 for n in range(80)))"
        assert host_script(run, "a/volume1", check) == ["True"]
        run.at_rest()
        run.tell("takeover")
        assert host_script(run, "b/volume1", check) == ["True"]
        run.stop()
        run.records()


@NBD
def test_full_journal_and_a_path_that_is_cut_end_as_the_policy_says() -> None:
    with serving(*TINY, "--policy=error") as run:
        run.tell("cut")
        answers = host_script(run, "a/volume1", WRITES, "60")
        assert set(answers) == {"ok", "ENOSPC"} and answers[:16] == ["ok"] * 16
        run.tell("heal")
        run.at_rest()
        assert host_script(run, "a/volume1", WRITES, "4") == ["ok"] * 4
        run.stop()
        run.records()
    with serving(*TINY, "--policy=suspend") as run:
        run.tell("cut")
        assert host_script(run, "a/volume1", WRITES, "60") == ["ok"] * 60  # goes on, suspended
        assert run.tell("status")["original"] == "abnormal"
        run.stop()
        run.records()


@NBD
def test_host_of_a_system_that_stands_still_gets_an_error_in_bounded_time() -> None:
    with serving(*TINY, "--policy=stall", "--watch-time=4294967295", "--answer-seconds=5") as run:
        run.tell("cut")
        answers = host_script(run, "a/volume1", WRITES, "32")
        assert answers[-1] == "EIO" and answers[0] == "ok"
        assert "a connection ended before its write was answered, which goes on" in run.log()
        run.tell("heal")
        run.at_rest()
        assert host_script(run, "a/volume1", WRITES, "4") == ["ok"] * 4
        run.stop()
        run.records()


@needs("nbdkit")
def test_busy_port_and_missing_nbdkit_are_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for path, what in ((None, "Address already in use"), (str(tmp_path), "nbdkit is not installed")):
            environment = {"PYTHONPATH": str(ROOT / "model"), "PATH": path or f"{Path(str(found('nbdkit'))).parent}"}
            for command in (["mirrorlog", "serve"], ["tb.serve"]):  # of the RTL nothing is built before that
                done = subprocess.run(
                    [sys.executable, "-m", *command, f"--out={tmp_path}/o", f"--port={port}"],
                    capture_output=True,
                    text=True,
                    check=False,
                    stdin=subprocess.DEVNULL,
                    env=environment,
                    cwd=ROOT,
                    timeout=PATIENT_SECONDS,
                )
                assert done.returncode == 2 and what in done.stderr and done.stderr.count("\n") == 1, done.stderr
