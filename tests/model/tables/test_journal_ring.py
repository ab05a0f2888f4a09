"""The journal ring: the worked numbers of FIG 7 and FIG 22, and every pointer's wrap."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.tables.journal_ring import JournalRing, JournalRingError

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "journal_ring.json").read_text())
HEADS = ("update_information_head", "write_data_head")


def carry_out(ring: JournalRing, number: int, op: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Carry out one op of a vector; return the next update number and what else `expect` may name."""
    match op["op"]:
        case "load":
            state = dict(op["state"])
            number = state.pop("update_number")
            end = state.pop("end")
            for name, value in state.items():
                setattr(ring, name, value)
            ring.set_end(end)
            ring.sent = (ring.read_initiation - ring.update_information_oldest) % ring.update_information_area
            return number, {}
        case "create":
            size = op["size"] if op["kind"] == 0 else 0
            if not (ring.has_room(size) if op["kind"] == 0 else ring.has_entry()):
                return number, {"outcome": 1390}
            information, data = ring.create(size)
            parts = [list(part) for part in ring.parts(data, size)]
            outcome = 1360 if op["kind"] == 0 else 1385
            return number + 1, {"outcome": outcome, "information_place": information, "parts": parts}
        case "commit":
            ring.commit(op["size"])
        case "send":
            ring.send(op["count"])
        case "free":
            ring.free(op["size"])
    return number, {}


@pytest.mark.parametrize("sequence", VECTORS["sequences"], ids=lambda sequence: sequence["name"])
def test_ring_follows_the_shared_vectors(sequence: dict[str, Any]) -> None:
    ring = JournalRing(VECTORS["entry"])
    number = 0
    for index, op in enumerate(sequence["ops"]):
        number, extra = carry_out(ring, number, op)
        extra["update_number"] = number
        found = {name: extra[name] if name in extra else getattr(ring, name) for name in op["expect"]}
        assert found == op["expect"], f"op {index}: {op}"


def test_the_vectors_hold_the_worked_numbers() -> None:
    first = [op["expect"] for op in VECTORS["sequences"][0]["ops"]]
    assert (first[0]["update_information_newest"], first[0]["write_data_newest"]) == (500, 2200)
    assert (first[1]["update_information_newest"], first[1]["write_data_newest"]) == (600, 2300)
    assert first[1]["update_number"] == 5
    assert first[1]["parts"] == [[2200, 100]]
    assert [event["update_information_newest"] for event in first[2:5]] == [0, 100, 200]
    assert first[4]["update_information_newest"] == first[4]["update_information_oldest"] == 200
    assert first[4]["write_data_newest"] == 2600
    assert first[5]["outcome"] == 1390
    assert (first[-1]["update_information_oldest"], first[-1]["update_information_used"]) == (200, 0)
    created = {
        (sequence["name"], index): op["expect"]
        for sequence in VECTORS["sequences"]
        for index, op in enumerate(sequence["ops"])
    }
    assert created["write data newest reaches the end exactly", 1]["write_data_newest"] == 700
    assert created["write data that crosses the end is split", 1]["parts"] == [[2200, 500], [700, 100]]
    assert created["write data that crosses the end is split", 1]["write_data_newest"] == 800
    assert created["the largest journal that fits", 1]["write_data_newest"] == 1299
    assert created["as large as what is free is refused", 1]["outcome"] == 1390


def test_every_pointer_wraps_somewhere_in_the_vectors() -> None:
    pointers = [
        number
        for number in VECTORS["sequences"][0]["ops"][0]["expect"]
        if not number.endswith(("used", "committed", "number"))
    ]
    assert len(pointers) == 8
    for name in pointers:
        falls = sum(
            before["expect"][name] > after["expect"][name]
            for sequence in VECTORS["sequences"]
            for before, after in zip(sequence["ops"], sequence["ops"][1:], strict=False)
        )
        assert falls > 0, name


@pytest.mark.parametrize("seed", range(5))
def test_ring_agrees_with_counters_that_never_wrap(seed: int) -> None:
    rng = random.Random(seed)
    entry, entries, area, head = 64, rng.randrange(1, 9), rng.randrange(512, 8192), 128
    data_head = head + entry * entries
    ring = JournalRing(entry)
    ring.load(head, data_head, data_head + area)
    created: list[int] = []
    committed = sent = freed = 0
    for _ in range(3000):
        match rng.randrange(4):
            case 0:
                size = rng.randrange(area + 64)
                fits = len(created) - freed < entries and size < area - sum(created[freed:])
                assert ring.has_room(size) == fits
                if fits:
                    ring.create(size)
                    created.append(size)
            case 1 if committed < len(created):
                ring.commit(created[committed])
                committed += 1
            case 2 if sent < committed:
                count = rng.randrange(1, committed - sent + 1)
                ring.send(count)
                sent += count
            case 3 if freed < sent:
                ring.free(created[freed])
                freed += 1
        for pointer, count in (
            (ring.update_information_newest, len(created)),
            (ring.update_information_commit, committed),
            (ring.read_initiation, sent),
            (ring.update_information_oldest, freed),
        ):
            assert pointer == head + count * entry % (entry * entries)
        for pointer, count in (
            (ring.write_data_newest, len(created)),
            (ring.write_data_commit, committed),
            (ring.write_data_oldest, freed),
        ):
            assert pointer == data_head + sum(created[:count]) % area
        assert ring.update_information_used == (len(created) - freed) * entry
        assert ring.write_data_used == sum(created[freed:])
        assert ring.update_information_committed == (committed - freed) * entry
        assert ring.write_data_committed == sum(created[freed:committed])


def test_ring_refuses_to_commit_send_or_free_what_it_does_not_hold() -> None:
    ring = JournalRing(64)
    ring.load(0, 640, 4096)
    with pytest.raises(JournalRingError):
        ring.commit(512)
    ring.create(512)
    with pytest.raises(JournalRingError):
        ring.send(1)
    with pytest.raises(JournalRingError):
        ring.free(512)
    ring.commit(512)
    with pytest.raises(JournalRingError):
        ring.send(2)
    with pytest.raises(JournalRingError):
        ring.free(1024, 2)


def test_freeing_several_journals_equals_freeing_them_one_by_one() -> None:
    rings = [JournalRing(64), JournalRing(64)]
    for ring in rings:
        ring.load(0, 256, 4096)
        for size in (512, 1024, 1536):
            ring.create(size)
            ring.commit(size)
        ring.send(3)
    rings[0].free(512 + 1024, 2)
    rings[1].free(512)
    rings[1].free(1024)
    assert [getattr(rings[0], number) for number in JournalRing.__slots__] == [
        getattr(rings[1], number) for number in JournalRing.__slots__
    ]
