"""A board on which random runs are to run: what is drawn for it, and what it cannot do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tb.config.settings import Layout, Settings
from tb.handles.capabilities import BOARD_CANNOT, CannotError, Capability
from tb.link.frames import Hello
from tb.running.options import OptionError
from tb.running.target import ask, built, byte_cycles

# How many times as long everything may take as in Verilog, if a byte takes a cycle of the board: its data goes over the
# link several times, to devices and back
PATIENCE = 16


@dataclass(frozen=True, slots=True)
class Target:
    """A board: the link to it, and what it says that it is."""

    link: str
    hello: Hello

    @classmethod
    def at(cls, link: str) -> "Target":
        """Ask the board at a link what it is. Raises LinkError, OptionError for one of two systems."""
        hello = ask(link)
        if hello.systems != 1:
            raise OptionError(f"TARGET={link}: the board has {hello.systems} systems, random runs have one on it")
        return cls(link, hello)

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters of its system."""
        return built(self.hello) | {"system_number": self.hello.system_number}

    def check(self, tables: Mapping[str, int], needs: frozenset[Capability]) -> None:
        """Raise CannotError if the board has no tables as large as these, or cannot do what is needed."""
        if self.hello.memory_devices:
            raise CannotError(Capability.FAULTY_DEVICE)
        for capability in sorted(needs & BOARD_CANNOT, key=lambda capability: capability.name):
            raise CannotError(capability)
        for name, least in tables.items():
            if self.parameters[name] < least:
                raise CannotError(Capability.TABLES, f"{least} {name}, the board has {self.parameters[name]}")

    def carry_out(self, settings: Settings, board: int) -> Settings:
        """Return the settings of a run in which the system `board`, 1 or 2, is this board."""
        patience = PATIENCE * byte_cycles(self.hello)
        model = 3 - board if settings.parameters.systems == 2 else 0
        return replace(
            settings,
            parameters=replace(settings.parameters, board=board, model=model),
            layout=_slower(settings.layout, patience),
            second=_slower(settings.second, patience),
            target=self.link,
            patience=patience,
        )


def _slower(layout: Layout, times: int) -> Layout:
    """Return tables with so many times as long until anybody gives up."""
    groups = []
    for group in layout.groups:
        replication = group.replication
        if replication is not None:
            replication = replace(replication, timeout=times * replication.timeout, silence=times * replication.silence)
        groups.append(replace(group, watch_time=times * group.watch_time, replication=replication))
    return replace(layout, groups=tuple(groups))
