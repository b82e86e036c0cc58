"""The pests that people may count here, by EPPO code."""

from types import MappingProxyType
from typing import Final

from rules.models.species import NAME_OF
from rules.words import WORDS

PESTS: Final = MappingProxyType(
    {**dict.fromkeys(NAME_OF, ""), **{one.eppo: one.vi for one in WORDS if one.eppo}}
)
"""Vietnamese names, "" where none is on record."""
