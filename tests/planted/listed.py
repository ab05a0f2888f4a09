"""All planted bugs."""

import pkgutil
from importlib import import_module

from tests import planted
from tests.planted.bug import Bug


def listed() -> list[Bug]:
    """All bugs of all lists."""
    modules = [import_module(f"{planted.__name__}.{found.name}") for found in pkgutil.iter_modules(planted.__path__)]
    lists = [value for module in modules for value in vars(module).values() if isinstance(value, tuple)]
    return [bug for bugs in lists for bug in bugs if isinstance(bug, Bug)]
