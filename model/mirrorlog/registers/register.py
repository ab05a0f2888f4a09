"""One register of the maintenance terminal: the field it shows, and the values it takes."""

from collections.abc import Callable
from dataclasses import dataclass

from mirrorlog.tables.addresses import WORD
from mirrorlog.tables.shared_memory import Parameters


def any_value(value: int, parameters: Parameters) -> bool:
    """Does a value without reserved bits fit? It does."""
    return True


@dataclass(frozen=True, slots=True)
class Register:
    """A register that shows the field `name` of a table's row: the bits that are not reserved, and what else a value
    must satisfy.
    """

    name: str
    mask: int = WORD
    convert: Callable[[int], object] = int
    fits: Callable[[int, Parameters], bool] = any_value

    def value(self, row: object) -> int:
        """Return what the register reads."""
        value: int = getattr(row, self.name)
        return value

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts."""
        setattr(row, self.name, self.convert(value))

    def fits_row(self, row: object, value: int, parameters: Parameters) -> bool:
        """Does a value that the register accepts fit the rest of its row? It does."""
        return True

    def accepts(self, value: int, parameters: Parameters) -> bool:
        """Does `value` fit this register?"""
        if value & ~self.mask or not self.fits(value, parameters):
            return False
        try:
            self.convert(value)
        except (ValueError, IndexError):
            return False
        return True
