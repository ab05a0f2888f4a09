"""The report of a regression: what is on the page and in the JUnit file."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tb.regress import report
from tb.regress.coverage import Group
from tb.regress.report import About, buckets, change, engine, write
from tb.regress.results import REPORT, RESULTS, DamagedReport, Result, Results, earlier, history
from tb.regress.testplan import Item, Point, results_of_tests


def result(seed: int, signature: str = "", cycles: int = 100) -> Result:
    """Return what a seed left; with a signature, of a failure."""
    failed = {"checker": "comparison", "signature": signature, "first": f"<first> of {seed}", "failure": "\0 & <text>"}
    return {
        "seed": seed,
        "kind": "traffic",
        "parameters": {"data_width": 64},
        "outcome": "passed",
        "failure": "",
        "cycles": cycles,
        "records": 7,
        "cpu_seconds": 1.5,
        "wall_seconds": 2.0,
        "attempt_seconds": 2.02,
        **({"outcome": "failed", **failed} if signature else {}),
    }


def about(**changes: object) -> About:
    """Return what a regression ran with."""
    return About("icarus", "abc123", "0123", {"icarus": "Icarus <11>"}, **{"history": [], "workers": 2, **changes})  # type: ignore[arg-type]


def test_failures_stand_together_by_signature_with_the_shortest_first() -> None:
    """Those with most seeds come first, and not all of hundreds of seeds are named."""
    found = buckets([result(n, "many", 1000 - n) for n in range(1, 31)] + [result(40), result(50, "one")])
    assert [(bucket.signature, len(bucket.results)) for bucket in found] == [("many", 30), ("one", 1)]
    assert found[0].first["seed"] == 30
    assert found[0].seeds.startswith("1, 2, 3") and found[0].seeds.endswith("20 and 10 more")


def test_the_page_has_failures_plan_coverage_seeds_and_trend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it comes from elsewhere, and no text of a run is taken for HTML."""
    monkeypatch.setattr(report, "TESTS", tmp_path / "none.xml")
    bins = {"hit": 3, "hole": 0, "never": 0}
    groups = {"a.point": {"bins": bins, "explained": {"never": "it cannot happen"}}}
    (tmp_path / "coverage.json").write_text(json.dumps({"groups": groups}))
    write(tmp_path, about(seconds=3.0, asked=3), [result(1), result(2, "comparison: restore")])
    before = history(tmp_path)
    assert [(one["seeds"], one["passed"], one["covered"], one["bins"]) for one in before] == [(2, 1, 1, 2)]
    later = [result(1), result(2), result(3, "comparison: other")]
    write(tmp_path, about(seconds=3.0, asked=3, history=before), later)
    page = (tmp_path / "index.html").read_text()
    for text in (
        *("2 of 3 seeds passed", "&lt;first&gt; of 3", "make replay SEED=3 SIM=icarus WAVES=1", "Icarus &lt;11&gt;"),
        *("1 of 2 bins", "hole", "it cannot happen", "exit 2/1280", "V3: ", "1:", "abc123"),
        *("New failures: comparison: other", "Gone: comparison: restore"),
    ):
        assert text in page, text
    assert "<first>" not in page and "src=" not in page and "@import" not in page and "http" not in page
    assert len(history(tmp_path)) == 2


def test_a_failure_is_gone_if_all_its_seeds_ran_again(tmp_path: Path) -> None:
    """On the same simulator; else nobody knows."""
    write(tmp_path, about(), [result(1), result(2, "a"), result(3, "a")])
    (before,) = history(tmp_path)
    for simulator, seeds, gone in (("icarus", (2, 3), True), ("icarus", (1, 2), False), ("verilator", (2, 3), False)):
        found = change(before, before | {"signatures": [], "simulator": simulator}, [result(seed) for seed in seeds])
        assert (found["Gone"], found["Not all their seeds ran again"]) == ((["a"], []) if gone else ([], ["a"]))


def test_nothing_has_passed_if_no_seed_ran(tmp_path: Path) -> None:
    """Neither has all if it was stopped."""
    for stopped, found, colour in ((True, [], "open"), (True, [result(1)], "open"), (False, [result(1)], "passed")):
        write(tmp_path, about(stopped=stopped, asked=2), found)
        assert f'Regression: <span class="{colour}">' in (tmp_path / "index.html").read_text()
        suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
        assert (suite.get("tests"), suite.get("errors")) == (str(len(found) + stopped), str(int(stopped)))
        said = [f"stopped after {len(found)} of 2 seeds"] if stopped else []
        assert [error.get("message") for error in suite.iter("error")] == said


def test_junit_has_a_case_for_each_seed(tmp_path: Path) -> None:
    """Failures with their signature and the command that does it again; what XML has no place for is left out."""
    write(tmp_path, about(), [result(1), result(2, "comparison: restore"), result(3) | {"outcome": "stopped"} | lost()])
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    passed, failed, stopped = suite.findall("testcase")
    assert (passed.get("name"), passed.get("classname"), len(passed)) == ("seed 1", "regress.traffic", 0)
    (failure,) = failed.findall("failure")
    assert failure.get("message") == "comparison: restore"
    assert failure.text == "make replay SEED=2 SIM=icarus WAVES=1\n\n? & <text>"
    assert [error.get("message") for error in stopped.findall("error")] == ["worker: its worker ended"]


def test_seeds_that_a_target_cannot_run_are_skipped_by_name(tmp_path: Path) -> None:
    """They count neither as run nor as failed."""
    lacks = "the target lacks a capability: a reset"
    skips = {"outcome": "skipped", "lacks": lacks}
    write(tmp_path, about(), [result(1), result(2) | skips, result(3) | skips])
    page = (tmp_path / "index.html").read_text()
    assert "1 of 1 seeds passed" in page and f"2 skipped; 2: {lacks}" in page
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "2")
    assert [skip.get("message") for skip in suite.iter("skipped")] == [lacks, lacks]
    (now,) = history(tmp_path)
    assert (now["seeds"], now["passed"], now["skipped"]) == (1, 1, 2)


def lost() -> Result:
    """Return what makes the result of a seed one that lost its worker."""
    return {"failure": "its worker ended", "checker": "worker", "signature": "worker: its worker ended", "first": ""}


def test_what_the_engine_costs_is_that_of_seeds_that_ended_in_this_run() -> None:
    """Not of those whose results were there; of a seed's time, and of the workers' time."""
    found = engine(about(seconds=4.0, known=frozenset({2})), [result(1), result(2), result(3), result(4) | lost()])
    assert found["overhead"] == pytest.approx(1.0)
    assert found["busy"] == pytest.approx(100 * 3 * 2.02 / 8)
    assert engine(about(), []) == {"busy": 0.0, "overhead": 0.0}


def test_results_are_kept_of_the_same_version_and_a_line_cut_short_is_none(tmp_path: Path) -> None:
    """And but for seeds that lost their worker."""
    kept = Results(tmp_path, "digest", "icarus", [result(1) | {"checker": ""}])
    kept.add(result(2, "comparison: restore"))
    kept.add(result(3) | lost())
    kept.close()
    with (tmp_path / RESULTS).open("a") as file:
        file.write('{"seed": 4, "outc')
    assert [found["seed"] for found in earlier(tmp_path, "digest", "icarus")] == [1, 2]
    assert earlier(tmp_path, "another", "icarus") == earlier(tmp_path, "digest", "verilator") == []


def test_results_that_now_have_more_are_not_kept(tmp_path: Path) -> None:
    """Passed without the code coverage that is asked for; out of time under a smaller limit."""
    kept = Results(tmp_path, "digest", "verilator", coverage="lines", limit=100)
    late = {"outcome": "stopped", "checker": "time", "signature": "time: late", "first": "", "failure": "late"}
    for found in (result(1), result(2, "comparison: restore"), result(3) | late):
        kept.add(found)
    kept.close()
    for coverage, limit, seeds in (
        *(("", 100, [1, 2, 3]), ("lines", 50, [1, 2, 3]), ("all", 100, [2, 3])),
        *(("lines", 101, [1, 2]), ("all", 101, [2])),
    ):
        found = earlier(tmp_path, "digest", "verilator", coverage, limit)
        assert [one["seed"] for one in found] == seeds, (coverage, limit)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": True}, {"seed": "1"}, {"outcome": "late"}, {"cycles": None}, {"cycles": 1.5}, {"records": -1},
        {"cpu_seconds": "1"}, {"wall_seconds": float("nan")}, {"attempt_seconds": 10**400}, {"parameters": [1]},
        {"parameters": {"data_width": "x"}}, {"kind": 1}, {"outcome": "failed"}, {"outcome": "skipped"},
        {"picture": "\udc00"}, {"coverage": 1}, {"coverage": "some"}, {"outcome": ["passed"]},
    ],
)  # fmt: skip
def test_a_result_that_no_report_can_be_made_of_is_damage(change: Result, tmp_path: Path) -> None:
    """It is found before a seed runs."""
    kept = Results(tmp_path, "digest", "icarus", [result(1) | {"checker": ""} | change])
    kept.close()
    with pytest.raises(DamagedReport, match=r"results.jsonl: is damaged"):
        earlier(tmp_path, "digest", "icarus")


@pytest.mark.parametrize(
    "name", ["seeds", "cycles", "cpu_seconds", "seconds", "time", "commit", "simulator", "signatures"]
)
@pytest.mark.parametrize("value", [None, [1], "lacking"])
def test_a_report_that_no_trend_can_be_made_of_is_damage(name: str, value: object, tmp_path: Path) -> None:
    """It is found before a seed runs."""
    write(tmp_path, about(), [result(1)])
    kept = json.loads((tmp_path / REPORT).read_text())
    kept["history"][0] |= {name: value}
    if value == "lacking":
        del kept["history"][0][name]
    (tmp_path / REPORT).write_text(json.dumps(kept))
    with pytest.raises(DamagedReport, match=r"report.json: is damaged"):
        history(tmp_path)


def test_an_item_of_the_plan_has_the_results_of_its_tests(tmp_path: Path) -> None:
    """Failed if one failed, not run if one has no result. Parameters of a test, and files of a folder, count as it."""
    cases = """<testcase classname="tests.a.test_x" name="test_one[1]"/>
        <testcase classname="tests.a.test_x" name="test_one[2]"/>
        <testcase classname="tests.a.test_x" name="test_one_more"><failure/></testcase>
        <testcase classname="tests.b.test_y" name="test_left_out"><skipped/></testcase>"""
    file = tmp_path / "tests.xml"
    file.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    results = results_of_tests(file) | {"regress::traffic": True}
    for tests, judged in (
        (("tests/a/test_x.py::test_one", "regress::traffic"), "passed"),
        (("tests/a/test_x.py::test_one", "tests/a/test_x.py::test_one_more"), "failed"),
        (("tests/a",), "failed"),
        (("tests/a/test_x.py::test_one", "tests/b/test_y.py"), "not run"),
        (("regress::resets",), "not run"),
    ):
        assert Item("V1", "behaviour", "something", tests).judged(results, {}).result == judged, tests
    assert results_of_tests(tmp_path / "none.xml") == {}


def test_an_item_of_the_plan_has_how_many_bins_of_its_points_were_met() -> None:
    """Of those that can be; of some bins or of all; nothing without coverage."""
    groups = {"p": Group("p", {"a": 3, "b": 0, "c": 0}, {"c": "nobody can"})}
    points = (Point("p"), Point("p", ("a",)), Point("p", ("b",)), Point("p", ("c",)), Point("q"))
    item = Item("V1", "behaviour", "something", ("tests/a",), ("FIG 12",), points)
    assert item.judged({}, groups).points == [
        ("p", "1 of 2"), ("p", "1 of 1"), ("p", "0 of 1"), ("p", "explained"), ("q", "")
    ]  # fmt: skip
    assert item.judged({}, {}).see == ("FIG 12",)


def test_the_page_has_of_each_item_where_it_is_said_and_what_was_met(tmp_path: Path) -> None:
    """An exit has its figure and its bin."""
    step = "command reception 1280: write in cache"
    (tmp_path / "coverage.json").write_text(json.dumps({"groups": {"steps.exit": {"bins": {step: 5}}}}))
    write(tmp_path, about(), [result(1)])
    page = (tmp_path / "index.html").read_text()
    assert "exit 2/1280<br><small>FIG 12</small>" in page
    assert "bins met: steps.exit 1 of 1" in page
    assert "steps.creation not sampled" in page
    assert "0094-0095, commit_trace.md" in page
