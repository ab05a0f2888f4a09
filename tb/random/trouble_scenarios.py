"""Random lock-step runs of two systems that come into trouble in the middle of traffic: devices fail, journals are
damaged, the path is cut, a journal volume is full, a group is suspended or taken over, operators ask for what is
refused. Then all is healed, and the copies are whole again."""

from collections.abc import Awaitable, Callable, Container, Sequence

import pyuvm

from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState, VolumeState
from tb.environment.agents import PortSequence
from tb.environment.environment import Environment
from tb.environment.operations import operate
from tb.handles.connection_path import Fault
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.random.forging import HARMLESS
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.operating import Operating
from tb.random.trouble_steps import Trouble, group_write
from tb.random.troubles import WEIGHTS, healing
from tb.scenarios.operated import POLL_CYCLES, POLLS

TIMES = 30
# How often a group that does not run begins anew, at most
BEGINNINGS = 3
# Writes to a group that begins anew
BESIDE_COPY = 8
# Cycles of traffic before the trouble, at most, which then goes on, and those behind it in which it has its effect, and
# behind its end, until what was on its way has come
LATEST, EFFECT_CYCLES, HEALED_CYCLES = 4_000, 3_000, 1_000


@pyuvm.test()
class RandomTroubles(Operating):
    """One trouble after the other, each healed before the next; in the end each copy is its original."""

    def build_phase(self) -> None:
        super().build_phase()
        # what came, or came last
        self.trouble = "no trouble has come"
        # what hosts and registers were given, and must be answered
        self.begun: list[tuple[PortSequence, str]] = []

    def standing(self) -> list[str]:
        """Say it with what came last."""
        return [self.trouble, *super().standing()]

    async def body(self) -> None:
        """Traffic, a trouble in the middle of it, and so on; then everything is restored."""
        rng = self.bench.generator
        for environment in self.environment.systems:
            await self.record(environment)
        # volumes as they are while their groups run
        self.states = {e.system.number: await self._volume_states(e) for e in self.environment.systems}
        await self.initiate()
        looks, forged = self.look_now_and_then(), self.forger.begin(HARMLESS)
        for trouble in rng.sample(list(WEIGHTS), TIMES, counts=WEIGHTS.values()):
            await self.come(trouble, rng.choice(list(VOLUMES)))
        for environment in self.environment.systems:
            for sequence in await self.begin_traffic(environment):
                await self.answered(sequence, f"system {environment.system.number} after the troubles")
        forged.cancel()
        await self.wait_restored()
        looks.cancel()
        await self.drain()

    async def come(self, trouble: Trouble, group: int) -> None:
        """A trouble comes in the middle of traffic, or when all is restored; then it is healed."""
        rng = self.bench.generator
        if rng.random() < 0.5:
            await self.wait_restored()
        for pause in (rng.randrange(LATEST), 0):
            for environment in self.environment.systems:
                what = f"system {environment.system.number} with {trouble.__name__}"
                self.begun += [(sequence, what) for sequence in await self.begin_traffic(environment)]
            await self.bench.cycles(pause)
        self.trouble = f"{trouble.__name__.replace('_', ' ')}, group {group}, from cycle {self.bench.cycle} on"
        self.logger.info(self.trouble)
        await trouble(self, group)
        await self.hosts_answered()
        await self.bench.sleep(rng.randrange(EFFECT_CYCLES))
        await self.read_row(rng.choice([self.original(group), self.secondary(group)]), group)
        await self.heal()

    async def read_row(self, environment: Environment, group: int) -> None:
        """Read every register of a group at a system, as they are before anything is healed; the scoreboard compares
        them."""
        row = self.row(environment, group)
        addresses = [address for name, address in environment.addresses.items() if name.startswith(row)]
        await environment.access(*(RegisterAccess(False, address) for address in addresses))

    async def hosts_answered(self) -> None:
        """Wait until everything that they were given is answered."""
        for sequence, what in self.begun:
            await self.answered(sequence, what)
        self.begun.clear()

    async def heal(self) -> None:
        """Everything works again; groups that stand still begin anew, those whose volumes or journal volume had failed
        too."""
        rng = self.bench.generator
        for environment in self.environment.systems:
            for device in environment.devices:
                await device.fail(DeviceError(Kinds.BOTH, count=0))
                await device.damage(DeviceDamage(0, 0, 0))
                await device.hold()
        for path in self.environment.paths:
            await path.heal()
            for fault in Fault:  # that has met no packet yet
                await path.fail(fault, 0)
        await self.bench.sleep(HEALED_CYCLES)
        stopped = await self._repaired() | await self._stopped()
        for _ in range(BEGINNINGS):
            late = set[int]()
            for group in sorted(stopped):
                late |= await self._begun_anew(group)
                if rng.random() < 0.5:  # beside initial copy
                    writes = [group_write(self, group) for _ in range(BESIDE_COPY)]
                    self.begun.append(
                        (await self.original(group).send(writes), f"writes to group {group} as it begins")
                    )
            # a secondary system that was busy is asked again after longer than its group waits
            stopped = await self._stopped() | late
        assert not stopped, f"groups that began anew do not run: {sorted(stopped)}"

    async def _repaired(self) -> set[int]:
        """Let volumes that failed be what they were; return the groups that lack journals of that time."""
        stopped = set[int]()
        for environment in self.environment.systems:
            failed = await self._failed(environment)
            for access in healing(environment, failed):
                await self.insist(environment, access)
            struck = {group for group in VOLUMES if self._any(environment, VOLUMES[group], failed)}
            # one that has not noticed yet that its journal volume had failed, too
            stopped |= struck | {group for group in VOLUMES if self._any(environment, [JOURNALS[group]], failed)}
            for copy in self.copies:
                if copy.original is environment.system:
                    numbers = {group_at(environment.layout, group) for group in struck}
                    await copy.original_repaired(numbers & copy.follower.groups.keys())
        return stopped

    async def _begun_anew(self, group: int) -> set[int]:
        """Let a group begin anew; return others that must, too: what failed before all was healed may be told later,
        when a large packet has left. Raises AssertionError if it cannot begin."""
        late = set[int]()

        async def repair(given: Answer) -> None:
            if given is Answer.NO_JOURNAL_VOLUME:
                late.update(await self._repaired())

        await self.until(self.original(group), Answer.OK, Operation.INITIATE, *self.initiation(group), otherwise=repair)
        return late - {group}

    async def until(
        self,
        environment: Environment,
        answer: Answer,
        operation: Operation,
        *arguments: int,
        otherwise: Callable[[Answer], Awaitable[None]] | None = None,
    ) -> None:
        """Repeat an operation until it has this answer, and do what `otherwise` says after each other one. Raises
        AssertionError if that does not come."""
        for _ in range(POLLS):
            result = await operate(environment, operation, *arguments)
            if result.answer is answer:
                return
            await self.bench.sleep(POLL_CYCLES)
            if otherwise is not None:
                await otherwise(result.answer)
        raise AssertionError(f"{operation.name}{arguments}: {result.answer.name} again and again")

    def forget(self, group: int, consistent: bool) -> None:
        """The copy of a group is written by its own hosts now. It was consistent, if that was said."""
        original = self.original(group)
        copy = next(copy for copy in self.copies if copy.original is original.system)
        followed = copy.follower.groups[group_at(original.layout, group)]
        # the end of initial copy may be restored in the takeover
        ended = followed.pairs <= followed.ended
        assert consistent <= ended, f"takeover says that group {group} is consistent, its copy has not ended"
        followed.reset()

    async def _volume_states(self, environment: Environment) -> dict[int, int]:
        return {
            volume.number: await environment.read(f"volume[{volume.number}].state")
            for volume in environment.layout.volumes
        }

    async def _failed(self, environment: Environment) -> dict[int, int]:
        """Return the volumes that are abnormal, with the states that they had."""
        before = self.states[environment.system.number]
        now = await self._volume_states(environment)
        return {number: before[number] for number, state in now.items() if state == VolumeState.ABNORMAL}

    @staticmethod
    def _any(environment: Environment, volumes: Sequence[int], numbers: Container[int]) -> bool:
        """Is the number of any of these volumes at a system among some?"""
        return any(volume_at(environment.layout, volume).number in numbers for volume in volumes)

    async def _stopped(self) -> set[int]:
        """Return the groups that do not run."""
        return {group for group in VOLUMES if not await self._runs(group)}

    async def _runs(self, group: int) -> bool:
        """Are both ends of a group running?"""
        ends = (self.original(group), self.secondary(group))
        return all([await end.read(self.row(end, group) + "state") == GroupState.NORMAL for end in ends])
