"""Hosts at the RTL, in lock-step with the model."""

import sys

from tests.hosts.serving import host_script, needs, serving

BOTH = """
tried(h.pwrite, b"a" * 1024, 0)
tried(h.pwrite, b"b" * 512 + b"c" * 20480, 512)
tried(h.pwrite, bytes(512), 1)
"""
READ = "print(h.pread(1536, 0) == b'a' * 512 + b'b' * 512 + b'c' * 512)\ntried(h.flush)"


@needs("nbdkit", "iverilog", packages=("nbd",))
def test_hosts_of_the_rtl_read_what_they_wrote_and_go_on_at_the_secondary() -> None:
    command = (sys.executable, "-m", "tb.serve")
    with serving("--volumes=1", "--volume-bytes=65536", command=command) as run:
        assert host_script(run, "a/volume1", BOTH) == ["ok", "ok", "EINVAL"]
        assert host_script(run, "a/volume1", READ) == ["True", "ok"]
        assert host_script(run, "b/volume1", "tried(h.pread, 512, 0)") == ["EPERM"]
        run.at_rest()
        run.tell("lose")
        assert host_script(run, "a/volume1", "tried(h.pread, 512, 0)") == ["ESHUTDOWN"]
        assert run.tell("takeover")["consistent"]
        assert host_script(run, "b/volume1", READ + "\ntried(h.pwrite, bytes(512), 0)") == ["True", "ok", "ok"]
        run.stop()
        assert "mismatches 0" in run.log()
        run.records()
