"""mirrorlog.core: it lists what is there."""

import re

import yaml

from mirrorlog import __version__
from tools.sources import ROOT, rtl_headers, rtl_source, rtl_sources

CORE = yaml.safe_load((ROOT / "mirrorlog.core").read_text().partition("\n")[2])


def test_every_file_of_the_rtl_is_listed_and_no_other() -> None:
    """Headers as what is included."""
    listed = CORE["filesets"]["rtl"]["files"]
    headers = [name for entry in listed if isinstance(entry, dict) for name, said in entry.items()]
    assert headers == [str(path.relative_to(ROOT)) for path in sorted(rtl_headers().glob("*.vh"))]
    modules = [entry for entry in listed if isinstance(entry, str)]
    assert modules == [str(path.relative_to(ROOT)) for path in rtl_sources()]


def test_parameters_and_version_are_those_of_the_design() -> None:
    """With the top's own defaults."""
    said = re.findall(r"^    parameter (\w+) = (\d+)", rtl_source("storage_system").read_text(), re.M)
    assert {name: str(entry["default"]) for name, entry in CORE["parameters"].items()} == dict(said)
    assert [*CORE["parameters"]] == CORE["targets"]["default"]["parameters"] == [name for name, _ in said]
    assert CORE["name"].rpartition(":")[2] == __version__
