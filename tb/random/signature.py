"""What a failure was, in a few words that are the same for failures of one kind."""

import re
from dataclasses import dataclass

# What the first line of a failure says that each checker found
CHECKERS = (
    ("difference at line", "comparison"),
    ("a port's rules are broken", "ports"),
    ("a property of the RTL does not hold", "properties"),
    ("is not its original", "copies"),
    ("differs from its original", "copies"),
    ("the copy", "copies"),
    ("differs in", "devices"),
    ("not done within", "time"),
    ("cannot build", "build"),
    ("ended with status", "simulator"),
    ("coverage is not counted", "coverage"),
    (" cycles", "progress"),
)
OTHER = "scenario"
# What a text has of one run alone
_NUMBERS = re.compile(r"0x[0-9a-f]+|\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Failure:
    """`checker`: which one saw it; `text`: what failures of this kind have in common; `first`: what differs or went
    wrong, in one line."""

    checker: str
    text: str
    first: str

    @property
    def signature(self) -> str:
        """Both."""
        return f"{self.checker}: {self.text}"


def failure_of(text: str) -> Failure:
    """Return what is in a failure's report."""
    first, *more = [line.strip() for line in text.strip().split("\n")]
    # of a test that failed by itself, its name comes first
    said = first.partition(": ")[2] if re.match(r"\w+: ", first) else first
    checker = next((known for words, known in CHECKERS if words in first), OTHER)
    if checker == "properties":
        return Failure(checker, said.partition(", ")[0], said)
    if checker != "comparison":
        return Failure(checker, _NUMBERS.sub("N", said)[:120], said)
    fields = []
    for line in more:
        if ": expected " not in line:
            break
        fields.append(line)
    names = ", ".join(line.partition(": expected ")[0] for line in fields[:3])
    process = first.split(", ")[-1] if re.search(r"cycle \d+, ", first) else "no record"
    outcome = re.search(r"^\s*outcome +(\S+) +(\S+)", text, re.M)
    parts = [process, f"outcome {outcome[2]}" if outcome else "", _NUMBERS.sub("N", names)]
    return Failure(checker, ", ".join(filter(None, parts)), "; ".join([first, *fields[:3]]))
