"""Builds quick_cast.cc, with which vvp takes about a sixth less processor time for the same simulation."""

import functools
import hashlib
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".cc")
COMPILER = "c++"


@functools.cache
def quick_cast(folder: Path) -> Path | None:
    """Return the library to preload, built in `folder` unless it is there; None: there is no compiler that builds it,
    and vvp runs as it is."""
    compiler = shutil.which(COMPILER)
    if compiler is None:
        return None
    digest = hashlib.sha256(SOURCE.read_bytes() + platform.platform().encode()).hexdigest()[:16]
    library = folder / f"{SOURCE.stem}-{digest}.so"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / library.name
            command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"]
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                return None
            made.rename(library)
    return library
