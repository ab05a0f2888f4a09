"""cocotb tests of created_information.v: the update information of journals."""

from dataclasses import replace
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tests.rtl.units import chance, start

BLOCK, WORD, HALF = 512, 64, 32
# Of update information but its CRC
COVERED_BYTES = 60
PLACES = 1 << 39
KINDS = ("creates", "copy_creates", "stores", "none")


@cocotb.test
async def test_information_of_host_writes_of_initial_copy_and_of_stored_journals(dut: Any) -> None:
    """1350; 1380: data in the original volume, no CRC, time 0; 1850: as received, but for place and CRC of its data.
    One a cycle, each a cycle later; it stays while there is no other one.
    """
    rng = await start(dut)
    expected = None
    for _ in range(2000):
        values = {
            "volume": rng.getrandbits(16), "position": BLOCK * rng.randrange(PLACES), "size": BLOCK * rng.randrange(33),
            "reception_time": rng.getrandbits(WORD), "data_crc": rng.getrandbits(HALF), "discard": chance(rng, 30),
            "group": rng.randrange(8), "journal_volume": rng.randrange(64), "update_number": rng.getrandbits(WORD),
            "data_offset": rng.getrandbits(WORD), "write_data_newest": BLOCK * rng.randrange(PLACES),
            "copy_kind": rng.choice([JournalKind.INITIAL_COPY, JournalKind.END_OF_INITIAL_COPY]),
            "store_data_place": BLOCK * rng.randrange(PLACES), "store_data_crc": rng.getrandbits(HALF),
        }  # fmt: skip
        received = UpdateInformation(*(rng.getrandbits(16) for _ in range(10)), rng.choice(list(JournalKind)), 0)
        kind = rng.choice(KINDS)
        for name, value in values.items():
            getattr(dut, name).value = int(value)
        for name in KINDS[:3]:
            getattr(dut, name).value = name == kind
        dut.store_information.value = int.from_bytes(received.pack(), "little")
        await RisingEdge(dut.clk)
        if expected is not None:
            assert int(dut.information.value).to_bytes(COVERED_BYTES, "little") == expected.pack()[:COVERED_BYTES]
        number, position, group = values["update_number"], values["position"], values["group"]
        if kind == "creates":
            expected = UpdateInformation(
                number, values["reception_time"], position, values["write_data_newest"], values["data_offset"],
                values["size"], values["data_crc"], group, values["volume"], values["journal_volume"],
                JournalKind.DISCARD if values["discard"] else JournalKind.HOST_WRITE,
            )  # fmt: skip
        elif kind == "copy_creates":
            expected = UpdateInformation(
                number, 0, position, position, values["data_offset"], values["size"], 0, group, values["volume"],
                values["volume"], JournalKind(values["copy_kind"]),
            )  # fmt: skip
        elif kind == "stores":
            expected = replace(
                received, journal_position=values["store_data_place"], data_crc=values["store_data_crc"], group=group,
                journal_volume=values["journal_volume"],
            )  # fmt: skip
