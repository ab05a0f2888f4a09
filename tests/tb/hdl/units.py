"""Runs cocotb tests on a single module of the bench."""

from pathlib import Path

from tb.running.runner import HDL, Build, Run, build, run

TEST_HDL = Path(__file__).parent


def run_unit(
    top: str, sources: list[str], module: str, simulator: str, folder: Path, seed: int, **parameters: int
) -> None:
    """Build `top` from bench sources (or this folder) and run every cocotb test of `module`; fail with what
    failed."""
    paths = tuple(path for name in sources for path in (HDL / name, TEST_HDL / name) if path.exists())
    assert len(paths) == len(sources), f"missing sources among {sources}"
    simulation = build(Build(top, paths, simulator, parameters))
    result = run(
        simulation,
        Run(module, folder, seed, plusargs=(f"files={folder / 'unit'}",), environment={"FILES": f"{folder / 'unit'}"}),
    )
    assert not result.failures, f"seed {seed}, log {result.log}: {result.failures}"
