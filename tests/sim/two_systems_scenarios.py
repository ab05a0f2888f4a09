"""Lock-step scenarios of two storage systems with a connection path between them."""

import pyuvm

from tb.environment.environment import BenchTest
from tb.random.operators import random_host


@pyuvm.test()
class SideBySide(BenchTest):
    """Random commands on both systems at once; nothing is replicated between them."""

    async def body(self) -> None:
        """Send to both, wait for both."""
        sequences = []
        for environment in self.environment.systems:
            host = random_host(self.bench, environment.layout.volumes)
            sequences.append(await environment.send(host.command() for _ in range(60)))
        for sequence in sequences:
            await sequence.all_answered()
