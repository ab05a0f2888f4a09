"""What `make hosts` says while it runs and at its end: each disaster, how it was judged, and what all of it took."""

import os
import resource
from collections.abc import Callable, Iterator

import pytest

DISASTER, SECONDS = "disaster", "cpu_seconds"


@pytest.fixture(autouse=True)
def _measured(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Note the processor time of a test, and of all that it started."""
    before = _seconds()
    yield
    record_property(SECONDS, _seconds() - before)


def _seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def pytest_configure(config: pytest.Config) -> None:
    """Tell of disasters where they are what was asked for; a worker process of pytest-xdist tells nobody."""
    if not hasattr(config, "workerinput") and any("hosts" in word for word in config.args):
        config.pluginmanager.register(Told(config))


class Told:
    """Says what came of each disaster, as it comes, and all together."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._disasters: list[tuple[str, str, str]] = []
        self._seconds = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has ended."""
        if report.when != "teardown":
            return
        for name, value in report.user_properties:
            if name == SECONDS and isinstance(value, float):
                self._seconds += value
            elif name == DISASTER:
                kind, how, judged = map(str, value) if isinstance(value, list | tuple) else ("", "", "")
                self._disasters.append((kind, how, judged))
                count = sum(1 for other, _, _ in self._disasters if other == kind)
                self._say(f"\n{kind} {count}: {how}: {judged}")

    def pytest_terminal_summary(self) -> None:
        """Everything has ended."""
        for kind in sorted({kind for kind, _, _ in self._disasters}):
            of_kind = [judged for other, _, judged in self._disasters if other == kind]
            found = ", ".join(f"{of_kind.count(judged)} {judged}" for judged in sorted({*of_kind}))
            self._say(f"{kind}: {len(of_kind)} disasters: {found}")
        cores = os.cpu_count() or 1
        self._say(f"{self._seconds:,.0f} CPU seconds ({cores} cores)")

    def _say(self, line: str) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.write_line(line)
