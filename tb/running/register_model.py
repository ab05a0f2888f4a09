"""The register model of a build (pyuvm's, a class a register and block), made from rtl/registers.rdl by peakrdl-pyuvm:
once for each number of rows of the tables, and kept in build/registers."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from peakrdl_pyuvm.exporter import PyUVMExporter

from mirrorlog.command_line import write_whole
from tb.handles.registers import RDL, elaborated
from tools.sources import ROOT

FOLDER = ROOT / "build" / "registers"
EXPORTER = "peakrdl-pyuvm"


def register_model(volumes: int, pairs: int, groups: int, rdl: Path = RDL, folder: Path = FOLDER) -> Path:
    """Return the file of the model, which is made if it is not there for this text of the RDL. Raises OSError."""
    made = hashlib.sha256(rdl.read_bytes() + version(EXPORTER).encode())
    file = folder / f"registers_{volumes}_{pairs}_{groups}_{made.hexdigest()[:16]}.py"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        root = elaborated(volumes, pairs, groups, rdl)
        write_whole(file, lambda part: PyUVMExporter().export(root, str(part)))
    return file
