"""Every planted bug can be planted, and a test looks for it."""

from collections import Counter

from tests.model.explore.test_explore import BUGS as EXPLORED_BUGS
from tests.planted.bug import tried
from tests.planted.listed import listed
from tests.planted.model_hosts import HOSTS_BUGS
from tests.planted.model_operations import OPERATION_BUGS
from tests.planted.model_third_site import THIRD_SITE_BUGS
from tests.planted.model_three_systems import THREE_SYSTEM_BUGS
from tests.planted.model_variations import VARIATION_BUGS
from tests.planted.plant import changed_functions, planted_texts
from tests.planted.rtl_circuit import CIRCUIT_BUGS
from tests.planted.rtl_discard import DISCARD_BUGS
from tests.planted.rtl_ids import ID_BUGS
from tests.planted.rtl_one_system import OLDEST_BUGS, ONE_SYSTEM_BUGS
from tests.planted.rtl_port_properties import PORT_BUGS
from tests.planted.rtl_properties import PROPERTY_BUGS
from tests.planted.rtl_random import RANDOM_BUGS
from tests.planted.rtl_ring_properties import RING_BUGS
from tests.rtl.test_planted_bugs import UNIT_BUGS
from tests.sim.test_planted_replication_bugs import TWO_SYSTEM_BUGS

LOOKED_FOR = (
    *(bug for bugs in UNIT_BUGS for bug in bugs), *OLDEST_BUGS, *ONE_SYSTEM_BUGS, *DISCARD_BUGS, *ID_BUGS,
    *TWO_SYSTEM_BUGS, *RANDOM_BUGS, *PROPERTY_BUGS, *PORT_BUGS, *RING_BUGS, *CIRCUIT_BUGS, *EXPLORED_BUGS,
    *THREE_SYSTEM_BUGS, *THIRD_SITE_BUGS, *VARIATION_BUGS, *OPERATION_BUGS, *HOSTS_BUGS,
)  # fmt: skip


def test_text_of_each_planted_bug_is_there_once_and_changes() -> None:
    """A bug whose text is gone would plant nothing."""
    for bug in listed():
        if bug.file.endswith(".py"):
            assert changed_functions(bug)
        else:
            assert planted_texts(bug)


def test_each_planted_bug_is_looked_for_and_has_an_id_of_its_own_in_its_file() -> None:
    """A list that no test reads would find nothing."""
    bugs = Counter((bug.file, bug.id) for bug in listed())
    assert bugs == Counter((bug.file, bug.id) for bug in LOOKED_FOR)
    assert max(bugs.values()) == 1


def test_every_run_looks_for_a_bug_of_every_third_module() -> None:
    """The other bugs are long."""
    for bugs in (*UNIT_BUGS, ONE_SYSTEM_BUGS):
        parameters = tried(bugs)
        assert [parameter.values[0] for parameter in parameters] == list(bugs)
        usual = [bug.file for bug, parameter in zip(bugs, parameters, strict=True) if not parameter.marks]
        assert Counter(usual) == Counter(sorted({bug.file for bug in bugs})[::3])
