"""What failures of one kind have in common."""

import pytest

from tb.random.signature import failure_of

DIFFERENCE = """difference at line 812, record 300, system 1, cycle {}, restore
  restored: expected {}, is 7
  next_restore: expected 8, is 9

  field                                     model              capture
  process                                       8                    8
  outcome                                    2050                 2060  <--
"""


@pytest.mark.parametrize(
    ("text", "checker", "signature"),
    [
        (DIFFERENCE.format(5, 6), "comparison", "restore, outcome 2060, restored, next_restore"),
        ("difference at line 9, record 0\n  at the end: expected x, is y", "comparison", "no record, at the end"),
        ("a port's rules are broken: {'event': 'protocol_error', 'cycle': 12}", "ports", ""),
        (
            "a property of the RTL does not hold: SLOTS_4, system 2, cycle 7, bench.x",
            "properties",
            "a property of the RTL does not hold: SLOTS_4",
        ),
        ("RandomNeighbours: the copy at system 2 is not its original", "copies", ""),
        (
            "cycle 9: volume 2 of system 1 differs from its original as of update number 4 of group 1",
            "copies",
            "",
        ),
        ("system 1, device 0 differs in 3 bytes, first at 5: model 00", "devices", ""),
        ("nothing was restored for 12000 cycles, after 3 journals", "progress", ""),
        ("stopped: not done within 900 seconds of wall-clock time (seed 4)", "time", ""),
        ("vvp x ended with status -11 (seed 4)", "simulator", ""),
        ("cannot build bench: c++ ended with status 1", "build", ""),
        ("coverage is not counted: IndexError: 5", "coverage", ""),
        ("RandomTables: empty range for randrange()", "scenario", "empty range for randrange()"),
    ],
)
def test_a_failure_has_the_checker_that_saw_it_and_a_signature(text: str, checker: str, signature: str) -> None:
    """The first line says which; no number of one run is in the signature."""
    found = failure_of(text)
    assert found.checker == checker
    assert found.signature.startswith(f"{checker}: ")
    if signature:
        assert found.text == signature
    else:
        assert not any(character.isdigit() for character in found.text)


def test_failures_that_differ_in_numbers_alone_have_one_signature() -> None:
    """Cycles, places and values are those of a seed."""
    assert failure_of(DIFFERENCE.format(5, 6)).signature == failure_of(DIFFERENCE.format(99, 1 << 40)).signature
    assert "cycle 99" in failure_of(DIFFERENCE.format(99, 1)).first
