"""The AXI4-Lite port and the commit trace of a storage system, for tests that walk through its registers."""

import random
from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, Event, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamSink

from tests.rtl.units import pauses, within


class Port:
    """One access at a time, without pauses; Python sleeps from one handshake to the next, as thousands are made."""

    def __init__(self, dut: Any) -> None:
        self.dut, self.edge = dut, RisingEdge(dut.clk)
        self.beats: deque[int] = deque()
        self.came = Event()

    def begin(self) -> None:
        """Nothing is asked, and all answers are taken."""
        self.dut.s_axil_bready.value = self.dut.s_axil_rready.value = self.dut.m_axis_commit_tready.value = 1
        self.dut.s_axil_awprot.value = self.dut.s_axil_arprot.value = 0
        for channel in ("aw", "w", "ar"):
            self.signal(f"{channel}valid").value = 0
        cocotb.start_soon(self.collect())

    def signal(self, name: str) -> Any:
        """A signal of the AXI4-Lite port."""
        return getattr(self.dut, f"s_axil_{name}")

    async def collect(self) -> None:
        """Keep the beats of the commit trace."""
        valid, data = self.dut.m_axis_commit_tvalid, self.dut.m_axis_commit_tdata
        while True:
            await RisingEdge(valid)
            await self.edge
            while valid.value == 1:
                self.beats.append(int(data.value))
                self.came.set()
                await self.edge

    async def beat(self) -> int:
        """Return the next beat of the commit trace."""
        while not self.beats:
            self.came.clear()
            await within(self.came.wait())
        return self.beats.popleft()

    async def send(self, *channels: str) -> None:
        """Hold `valid` of each channel until it is taken."""
        waiting = list(channels)
        for channel in waiting:
            self.signal(f"{channel}valid").value = 1
        while waiting:
            await self.edge
            for channel in [channel for channel in waiting if self.signal(f"{channel}ready").value == 1]:
                self.signal(f"{channel}valid").value = 0
                waiting.remove(channel)

    async def answer(self, channel: str) -> int:
        """Return the response code of a channel, at the clock edge at which it is taken."""
        await RisingEdge(self.signal(f"{channel}valid"))
        await self.edge
        return int(self.signal(f"{channel}resp").value)

    async def read(self, address: int) -> tuple[int, int]:
        """Return data and response code of a read."""
        self.signal("araddr").value = address
        await within(self.send("ar"))
        resp = await within(self.answer("r"))
        return int(self.signal("rdata").value), resp

    async def write(self, address: int, data: int, strobe: int, data_first: bool = False) -> int:
        """Return the response code of a write, whose address and data come together."""
        assert not data_first
        self.signal("awaddr").value, self.signal("wdata").value, self.signal("wstrb").value = address, data, strobe
        await within(self.send("aw", "w"))
        return await within(self.answer("b"))


class PausingPort:
    """Through cocotbext-axi: pauses on every channel, several accesses at once."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_commit"), dut.clk, dut.rst, byte_lanes=1)

    def begin(self) -> None:
        """It began when it was made."""

    def pause(self, rng: random.Random) -> None:
        """Pause at random on every channel."""
        write, read = self.master.write_if, self.master.read_if
        for channel in (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel, self.sink):
            channel.set_pause_generator(pauses(rng, rng.choice([0, 30, 60])))

    async def beat(self) -> int:
        """Return the next beat of the commit trace."""
        frame = await within(self.sink.recv())
        return int(frame.tdata[0])

    async def read(self, address: int) -> tuple[int, int]:
        """Return data and response code of a read."""
        transaction = self.master.read_if.ar_channel._transaction_obj()
        transaction.araddr, transaction.arprot = address, 0
        await self.master.read_if.ar_channel.send(transaction)
        answer = await within(self.master.read_if.r_channel.recv())
        return int(answer.rdata), int(answer.rresp)

    async def write(self, address: int, data: int, strobe: int, data_first: bool = False) -> int:
        """Return the response code of a write."""
        channels = self.master.write_if
        place = channels.aw_channel._transaction_obj()
        place.awaddr, place.awprot = address, 0
        word = channels.w_channel._transaction_obj()
        word.wdata, word.wstrb = data, strobe
        order = [(channels.aw_channel, place), (channels.w_channel, word)]
        for channel, transaction in order[::-1] if data_first else order:
            await channel.send(transaction)
            if data_first:
                await ClockCycles(self.dut.clk, 3)
        answer = await within(channels.b_channel.recv())
        return int(answer.bresp)
