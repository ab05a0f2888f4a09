"""What files of an earlier regression must be, for a report to be made of them."""

from collections.abc import Callable
from typing import Any

from tb.random.seed import FAILED, PASSED, SKIPPED, STOPPED

# More than any count of cycles or seconds
_MOST = 10**15
Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value.encode()) >= len(value)  # half of a pair raises ValueError


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < _MOST


def _seed(value: Any) -> bool:
    return type(value) is int and value >= 0


def _table(key: Check, value: Check) -> Check:
    return lambda found: isinstance(found, dict) and all(key(k) and value(v) for k, v in found.items())


def _list(item: Check) -> Check:
    return lambda found: isinstance(found, list) and all(map(item, found))


# Fields of a result, and of a summary of a report; those that each has
_RESULT: dict[str, Check] = {
    "seed": _seed,
    "outcome": lambda value: value in (PASSED, FAILED, STOPPED, SKIPPED),
    **dict.fromkeys(
        ("kind", "checker", "signature", "first", "failure", "repeat", "picture", "lacks", "coverage"), _text
    ),
    **dict.fromkeys(("cycles", "records"), _whole),
    **dict.fromkeys(("cpu_seconds", "wall_seconds", "start_seconds", "attempt_seconds", "limit"), _number),
    "parameters": _table(_text, _whole),
}
_SUMMARY: dict[str, Check] = {
    **dict.fromkeys(("seeds", "passed", "cycles", "skipped", "covered", "bins"), _whole),
    **dict.fromkeys(("cpu_seconds", "seconds"), _number),
    **dict.fromkeys(("commit", "simulator", "time"), _text),
    "signatures": _list(_text),
    "failed_seeds": _table(_text, _list(_seed)),
}
_EACH_SUMMARY = ("seeds", "passed", "cycles", "cpu_seconds", "seconds", "commit", "simulator", "time", "signatures")
# Of a result, what its outcome asks for
_OF = {PASSED: (), SKIPPED: ("lacks",)}
_OF_A_FAILURE = ("checker", "signature", "first", "failure")


def check_result(found: Any) -> None:
    """Raise ValueError, TypeError or KeyError unless it is a seed's result."""
    _check(found, _RESULT, ("seed", "outcome", *_OF.get(found["outcome"], _OF_A_FAILURE)))


def check_summary(found: Any) -> None:
    """Raise ValueError, TypeError or KeyError unless it is the summary of a report."""
    _check(found, _SUMMARY, _EACH_SUMMARY)


def _check(found: Any, checks: dict[str, Check], needed: tuple[str, ...]) -> None:
    for name in needed:
        found[name]
    for name, check in checks.items():
        if name in found and not check(found[name]):
            raise ValueError(name)
