"""Random operators: writes of a part of a register's bytes."""

from tb.handles.register_port import ALL_BYTES, RegisterAccess
from tb.random.operators import TIME_BYTES, strobed

TIME, OTHER, COUNT = 0x4030, 0x4130, 400


def accesses(first: int) -> list[RegisterAccess]:
    """Return reads, and writes of a time and of another register."""
    return [RegisterAccess(number % 4 != 0, TIME if number % 2 else OTHER, first + number) for number in range(COUNT)]


def test_writes_have_some_strobes_none_or_all_and_all_else_is_as_it_was() -> None:
    plain = accesses(0)
    found = strobed(plain)
    assert [(one.write, one.address, one.data) for one in found] == [(a.write, a.address, a.data) for a in plain]
    assert {one.strobe for one in found if not one.write} == {ALL_BYTES}
    strobes = [one.strobe for one in found if one.write]
    assert 0 in strobes
    assert COUNT // 3 < strobes.count(ALL_BYTES) < len(strobes)
    assert {strobe >> byte & 1 for strobe in strobes if strobe != ALL_BYTES for byte in range(8)} == {0, 1}


def test_a_time_is_written_whole_or_stays() -> None:
    found = [one.strobe & TIME_BYTES for one in strobed(accesses(0), {TIME}) if one.write and one.address == TIME]
    assert set(found) == {0, TIME_BYTES}


def test_the_same_accesses_get_the_same_strobes_others_get_others() -> None:
    assert strobed(accesses(0)) == strobed(accesses(0))
    assert [one.strobe for one in strobed(accesses(0))] != [one.strobe for one in strobed(accesses(1))]
