"""Which version of the project this is, and of what it runs with: all workers of a regression must have the same."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import version

from tb.running.simulators import simulator_version
from tools.sources import ROOT

# What a seed's run depends on
_FOLDERS = ("rtl", "model", "tb")
_SUFFIXES = (".v", ".vh", ".vlt", ".rdl", ".cc", ".py")


def digest() -> str:
    """Return what is different for every other text of the RTL, the model or the testbench."""
    found = hashlib.sha256()
    for folder in _FOLDERS:
        for path in sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in _SUFFIXES):
            found.update(f"{path.relative_to(ROOT)}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def commit() -> str:
    """Return git's name of the commit, with "-dirty" if there are changes; "" where there is no git or no commit. What
    the caller's environment says of a repository is of another one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def tools(simulator: str) -> dict[str, str]:
    """Return the versions of what a seed runs with. Raises SimulationError if the simulator is not there."""
    return {
        "python": platform.python_version(),
        "cocotb": version("cocotb"),
        "pyuvm": version("pyuvm"),
        "distributed": version("distributed"),
        simulator: simulator_version(simulator),
    }
