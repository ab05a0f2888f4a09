"""Hosts at the RTL, in lock-step with the model."""

import sys

from tests.hosts.serving import host_script, needs, serving

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


@needs("nbdkit", "iverilog", packages=("nbd",))
def test_hosts_of_the_rtl_read_what_they_wrote_and_go_on_at_the_secondary() -> None:
    command = (sys.executable, "-m", "tb.serve")
    with serving("--volumes=1", "--volume-bytes=65536", command=command) as run:
        assert host_script(run, "a/volume1", BOTH) == ["ok", "ok", "EINVAL", "ok", "ok", "ok"]
        assert host_script(run, "a/volume1", READ) == ["True", "ok"]
        assert host_script(run, "a/volume1", ZEROS) == ["True"]
        assert host_script(run, "b/volume1", "tried(h.pread, 512, 0)") == ["EPERM"]
        run.at_rest()
        run.tell("lose")
        assert host_script(run, "a/volume1", "tried(h.pread, 512, 0)") == ["ESHUTDOWN"]
        assert run.tell("takeover")["consistent"]
        assert host_script(run, "b/volume1", READ + "\ntried(h.pwrite, bytes(512), 0)") == ["True", "ok", "ok"]
        assert host_script(run, "b/volume1", ZEROS) == ["True"]
        run.stop()
        assert "mismatches 0" in run.log()
        run.records()
