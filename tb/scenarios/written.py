"""Random writes of the pairs of systems in two_systems.py."""

from collections.abc import Sequence

from tb.config.settings import BLOCK_BYTES, Layout
from tb.environment.environment import Environment
from tb.environment.random_host import varied
from tb.handles.host_port import HostCommand, Opcode
from tb.scenarios import two_systems as systems
from tb.scenarios.replicate import ReplicationTest

# Sizes
BLOCKS = (1, 1, 2, 8)


class Written(ReplicationTest):
    """Random writes, and their copy."""

    def writes(
        self, volumes: Sequence[int], count: int, blocks: Sequence[int] = BLOCKS, layout: Layout | None = None
    ) -> list[HostCommand]:
        """Return random writes of so many blocks; `layout` has the volumes (default: that of the first system)."""
        rng = self.bench.generator
        firsts = {volume.number: volume.first for volume in (layout or self.bench.settings.layout).volumes}
        found = []
        for _ in range(count):
            size = BLOCK_BYTES * rng.choice(blocks)
            position = BLOCK_BYTES * rng.randrange((systems.CAPACITY - size) // BLOCK_BYTES + 1)
            volume = rng.choice(volumes)
            found.append(HostCommand(Opcode.WRITE, volume, firsts[volume] + position, size, rng.randbytes(size)))
        return found

    async def write(
        self, environment: Environment, volumes: tuple[int, ...], count: int, blocks: tuple[int, ...] = BLOCKS
    ) -> None:
        """Write, and wait for the answers."""
        assert set(await environment.do(*self.writes(volumes, count, blocks))) == {0}

    async def write_and_discard(self, environment: Environment, volumes: tuple[int, ...], count: int) -> None:
        """Write and discard, some with FUA, and wait for the answers."""
        assert set(await environment.do(*map(varied, self.writes(volumes, count)))) == {0}
