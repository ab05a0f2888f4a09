"""Every planted bug can be planted."""

from collections import Counter

from tests.planted import tried
from tests.rtl import planted_bugs
from tests.rtl.maintenance_bugs import MAINTENANCE_BUGS
from tests.rtl.sending_bugs import SENDING_BUGS
from tests.sim import random_bugs, test_planted_bugs
from tools.sources import rtl_source

BUGS = (
    *planted_bugs.BUGS, *SENDING_BUGS, *MAINTENANCE_BUGS, *test_planted_bugs.BUGS, *random_bugs.BUGS,
)  # fmt: skip


def test_text_of_each_planted_bug_is_there_once_and_changes() -> None:
    """A bug whose text is gone would plant nothing."""
    texts = {bug.name: rtl_source(bug.name.removesuffix(".v")).read_text() for bug in BUGS}
    wrong = [bug.title for bug in BUGS if texts[bug.name].count(bug.text) != 1 or bug.bug == bug.text]
    assert wrong == []


def test_every_run_looks_for_a_bug_of_each_module() -> None:
    """The other bugs are long."""
    parameters = tried(planted_bugs.BUGS)
    assert [parameter.values[0] for parameter in parameters] == list(planted_bugs.BUGS)
    usual = Counter(bug.name for parameter in parameters if not parameter.marks for bug in parameter.values)
    assert usual == Counter({bug.name for bug in planted_bugs.BUGS})
