"""`make board`: a board in a simulation, whose link is a TCP port or a pseudo-terminal (docs/hardware.md).

    python -m tb.link.board PORT=n|pty [NAME=VALUE]...

Runs until it is interrupted. Exit status: 1 the simulation ended, 2 it could not be tried.
"""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirrorlog.command_line import fail, guarded
from tb.link.session import BAUD
from tb.link.stand_in import HOST, PTY, VARIABLE
from tb.running.options import OptionError, one_of, path, read_values
from tb.running.options import number as whole_number
from tb.running.processes import SimulationError
from tb.running.runner import Run, run
from tb.running.simulators import SIMULATORS, Build, build
from tools.sources import RTL, board_parameters, rtl_headers, rtl_identity, rtl_sources

BENCH = Path(__file__).with_name("board_bench.v")
LINKS = ("byte", "uart")
MOST_STALL = 90
# Parameters that are not given are those of a board
_USUAL = board_parameters()
# Of storage devices in block RAM; 0: there are none
MEMORY_SIZES = ("0", *(str(4096 << n) for n in range(9)))


@dataclass(frozen=True, slots=True)
class Options:
    """What `make board` was asked for. `port` 0: any that is free, PTY: a
    pseudo-terminal; `stall` percent of the time in which the line stands
    still; `system` the number of the storage system, of the first if `systems` are 2; `reset_at` cycles of a run until
    its reset button is pressed, 0: never; the last `memory_devices` devices are in block RAM, if `memory_bytes` are not
    0; `rtl` the folder of the Verilog, as that with a planted bug."""

    port: int | str
    link: str = "byte"
    sim: str = "icarus"
    stall: int = 0
    seed: int = 1
    system: int = 1
    systems: int = 1
    data_width: int = _USUAL["data_width"]
    max_transfer_bytes: int = _USUAL["max_transfer_bytes"]
    volumes: int = _USUAL["volumes"]
    pairs: int = _USUAL["pairs"]
    groups: int = _USUAL["groups"]
    memory_bytes: int = 0
    memory_devices: int = 1
    rtl: str = str(RTL)
    reset_at: int = 0

    def parameters(self) -> dict[str, int]:
        """Return those of board_bench.v."""
        sizes = ("data_width", "max_transfer_bytes", "volumes", "pairs", "groups", "memory_bytes", "memory_devices")
        given = {
            **{name: getattr(self, name) for name in sizes},
            "max_data_bytes": max(_USUAL["max_data_bytes"], self.max_transfer_bytes),
            "system_number": self.system,
            "systems": self.systems,
            "baud": BAUD if self.link == "uart" else 0,
            "build": rtl_identity(),
        }
        return {name.upper(): value for name, value in board_parameters(given).items()}


READERS: Mapping[str, Any] = {
    "port": lambda text: text if text == PTY else whole_number(0, 65_535)(text),
    "link": one_of(LINKS),
    "sim": one_of(SIMULATORS),
    "stall": whole_number(0, MOST_STALL),
    "seed": whole_number(0, 2**31 - 1),
    "system": whole_number(1, 2),
    "systems": whole_number(1, 2),
    "data_width": lambda text: int(one_of(("64", "128", "256", "512"))(text)),
    "reset_at": whole_number(0, 2**31 - 1),
    "max_transfer_bytes": lambda text: int(one_of(tuple(str(512 << n) for n in range(8)))(text)),
    "volumes": whole_number(1, 64),
    "pairs": whole_number(1, 64),
    "groups": whole_number(1, 8),
    "memory_bytes": lambda text: int(one_of(MEMORY_SIZES)(text)),
    "memory_devices": whole_number(1, 2),
    "rtl": path,
}


def parse(arguments: Sequence[str]) -> Options:
    """Read the options. Raises OptionError."""
    values: dict[str, Any] = read_values(arguments, READERS)
    if "port" not in values:
        raise OptionError("PORT=n is missing: the TCP port to listen on, 0 for any that is free, or pty")
    return Options(**values)


def free(port: int | str) -> None:
    """See whether a port can be listened on. Raises OSError."""
    if isinstance(port, int):
        socket.create_server((HOST, port)).close()


def main() -> int:
    """Build, simulate, and say when a machine can come."""
    try:
        options = parse(sys.argv[1:])
    except OptionError as error:
        return fail(error)
    try:
        free(options.port)
    except OSError as error:
        return fail(f"PORT={options.port}: {os.strerror(error.errno or 0)}")
    rtl = Path(options.rtl)
    files = (BENCH, *rtl_sources(rtl))
    if options.sim == "verilator":
        files = (*files, BENCH.with_suffix(".vlt"))
    try:
        simulator = build(Build("board_bench", files, options.sim, options.parameters(), (rtl_headers(rtl),)))
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "board.json"
            given = {name: getattr(options, name) for name in ("port", "link", "stall", "seed", "reset_at")}
            settings.write_text(json.dumps(given))
            ready = settings.with_suffix(".ready")
            said = False

            def poll() -> None:
                nonlocal said
                if not said and ready.exists():
                    said = True
                    print(f"board: ready at {ready.read_text()}, LINK={options.link}", flush=True)

            result = run(
                simulator,
                Run(
                    "tb.link.stand_in",
                    Path(folder),
                    options.seed,
                    limit_seconds=float("inf"),
                    environment={VARIABLE: str(settings)},
                    poll=poll,
                ),
            )
            failures = result.failures or (("", "the simulation ended"),)
            print(f"error: {failures[0][1]}", file=sys.stderr)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(guarded(main))
