"""The live scoreboard: the model follows the capture line by line, and the first difference ends the run."""

from collections.abc import Callable
from typing import Any

import cocotb
from pyuvm import uvm_scoreboard, uvm_subscriber

from mirrorlog.compare.capture import CaptureError, DataFiles
from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.serial_number import shortened
from tb.config.files import beside
from tb.handles.capture import Events
from tb.handles.testbench import BenchControl

LAST_RECORDS = 8
# Cycles, beyond a group's watch time, within which something must happen while anything is outstanding
TIMEOUT_CYCLES = 20_000
PROTOCOL_ERROR = "protocol_error"
# The channels of those that are no port's (rtl/include/properties.vh)
PROPERTIES = ("property", "assumption")


class ScoreboardError(AssertionError):
    """The system under test did something else than the model, or broke a rule of its ports."""


def broken_rule(event: dict[str, Any]) -> str:
    """Say what is broken: a property of the RTL, what it assumes, or a rule of a port."""
    if event["channel"] not in PROPERTIES:
        return f"a port's rules are broken: {event}"
    if event["channel"] == "assumption":
        place, _, line = event["rule"].partition(" ")
        name = f"what is assumed in {line}"
    else:
        place, _, name = event["rule"].rpartition(".")
    where = f"system {event['system']}, cycle {event['cycle']}, {place}"
    return f"a property of the RTL does not hold: {name}, {where}"


class Lines(uvm_subscriber):  # type: ignore[misc]
    """Hands the capture's events to the component above it."""

    def __init__(self, name: str, parent: Any) -> None:
        super().__init__(name, parent)
        self._take = parent.take

    def write(self, tt: Events) -> None:
        self._take(tt)


class Scoreboard(uvm_scoreboard):  # type: ignore[misc]
    """Feeds the capture's lines to the comparison as they come.

    `broken` is the report of the first difference; `on_break` is called once it is known. Lines whose data is still
    on its way into a data file wait for the next batch.
    """

    bench: BenchControl

    def build_phase(self) -> None:
        settings = self.bench.settings
        self.broken = ""
        self.on_break: Callable[[], None] | None = None
        self.finished = False
        self._data = DataFiles(beside(self.bench.prefix, "jsonl"), growing=True)
        images = {
            (system, device): beside(self.bench.prefix, f"image{system}_{device}").read_bytes()
            for system, device in settings.images
        }
        self.comparison = Comparison(self._data.take, images, LAST_RECORDS)
        self._waiting: Events = []
        self.lines = Lines("lines", self)
        self._lines_taken = 0

    async def run_phase(self) -> None:
        """End a run in which nothing happens any more, although something is outstanding. Raises ScoreboardError."""
        groups = [group for layout in self.bench.settings.layouts.values() for group in layout.groups]
        timeout = TIMEOUT_CYCLES * self.bench.settings.patience
        timeout += max((group.watch_time for group in groups), default=0)
        while True:
            before = self._lines_taken
            await self.bench.sleep(timeout)
            outstanding = self.comparison.outstanding()
            if outstanding and before == self._lines_taken:
                waits = "\n  ".join(outstanding[:LAST_RECORDS])
                raise self._break(f"nothing has happened for {timeout} cycles; outstanding:\n  {waits}")

    def take(self, events: Events) -> None:
        """Compare lines. Raises ScoreboardError at the first difference."""
        self._lines_taken += len(events)
        broken = [event for event in events if event.get("event") == PROTOCOL_ERROR]
        self._waiting += events[: events.index(broken[0])] if broken else events
        try:
            del self._waiting[: self.comparison.follow_events(self._waiting)]
        except Difference as difference:
            raise self._break(difference.report(), self._since_reset(difference)) from None
        except CaptureError as error:
            raise self._break(f"the capture is damaged: {error}") from None
        if broken:
            raise self._break(broken_rule(broken[0]))

    async def finish(self) -> None:
        """Check that nothing is outstanding, that there were records (the comparison does), and every byte of every
        device.
        """
        if self._waiting:
            raise self._break(f"data of this line is missing: {self._waiting[0]}")
        try:
            self.comparison.finish()
            self._data.finish(self.comparison.data_files())
        except Difference as difference:
            raise self._break(difference.report()) from None
        except CaptureError as error:
            raise self._break(str(error)) from None
        await self._compare_devices()
        self.finished = True

    async def _compare_devices(self) -> None:
        devices = [(system, d) for system in self.bench.systems for d in range(len(system.devices))]
        for system, number in devices:
            actual = await system.devices[number].dump()
            expected = self.comparison.device_image(system.number, number, len(actual))
            if actual != expected:
                at = next(index for index, (a, b) in enumerate(zip(actual, expected, strict=True)) if a != b)
                count = sum(a != b for a, b in zip(actual, expected, strict=True))
                raise self._break(
                    f"system {system.number}, device {number} differs in {count} bytes, first at {at}:"
                    f" model {expected[at : at + 16].hex()},"
                    f" device {actual[at : at + 16].hex()}"
                )

    def check_phase(self) -> None:
        """A scoreboard that did not get to the end has failed."""
        if not self.broken and not self.finished:
            raise self._break("the run ended before everything was compared")

    def fail(self, text: str) -> ScoreboardError:
        """Return the error that ends a run for another reason than a difference, once it is reported as one is."""
        waits = "\n  ".join(self.comparison.outstanding()[:LAST_RECORDS]) or "nothing"
        return self._break(f"{text}\n\nin cycle {self.bench.cycle}; outstanding:\n  {waits}")

    def _since_reset(self, difference: Difference) -> int | None:
        """Return the cycle of a difference, counted from the bench's reset on."""
        if difference.cycle is None or difference.system is None:
            return None
        return shortened(difference.cycle - self.bench.settings.starts[difference.system].first_cycle)

    def _break(self, text: str, differs: int | None = None) -> ScoreboardError:
        time = cocotb.utils.get_sim_time("ns")
        waves = self.bench.snapshots.write_waves(differs)
        self.broken = (
            f"{text}\n\nsimulation time {time:.0f} ns, seed {self.bench.seed}\n"
            f"{waves}{chr(10) if waves else ''}repeat with waves: {self.bench.settings.repeat}"
        )
        beside(self.bench.prefix, "failure").write_text(self.broken + "\n")
        if self.on_break is not None:
            self.on_break()
        return ScoreboardError(self.broken)
