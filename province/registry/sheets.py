"""The five CSV files of a registry, their columns and keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from province.registry import cells
from province.registry.cells import Value

Key = tuple[Value, ...]
Record = Mapping[str, Value]


def many(record: Record, column: str) -> tuple[str, ...]:
    """Return the names in a cell that holds several; none where it was not read."""
    values = record.get(column)
    return values if isinstance(values, tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; where ``may_be_empty``, an empty cell is no value."""

    name: str
    read: Callable[[str], Value]
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file: its name without ``.csv``, its columns and those that are its key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def key_of(self, record: Record) -> Key:
        """Return the key of a record."""
        return tuple(record[name] for name in self.key)


def sheets(province: str | None) -> tuple[Sheet, ...]:
    """Return the five, in the order in which they build on each other."""
    coop = Column(name="coop", read=cells.name)
    plot = Column(name="plot", read=cells.name)
    name = Column(name="name", read=cells.words)
    commune = Column(name="commune", read=partial(cells.commune, within=province))

    def maybe(name: str, read: Callable[[str], Value]) -> Column:
        return Column(name=name, read=read, may_be_empty=True)

    return (
        Sheet(name="cooperatives", key=("coop",), columns=(coop, name, commune)),
        Sheet(
            name="plots",
            key=("coop", "plot"),
            columns=(
                *(coop, plot, name),
                Column(name="locality", read=cells.words),
                commune,
                Column(name="area_m2", read=cells.positive),
                maybe("elevation_m", cells.elevation),
            ),
        ),
        Sheet(
            name="seasons",
            key=("coop", "season"),
            columns=(
                coop,
                Column(name="season", read=cells.name),
                plot,
                Column(name="crop", read=cells.name),
                maybe("variety", cells.words),
                Column(name="sown", read=cells.day),
                maybe("harvested", cells.day),
            ),
        ),
        Sheet(
            name="lots",
            key=("lot",),
            columns=(
                Column(name="lot", read=cells.lot),
                coop,
                Column(name="seasons", read=cells.names),
                Column(name="harvested", read=cells.day),
                maybe("kg", cells.positive),
            ),
        ),
        Sheet(
            name="recipients",
            key=("email",),
            columns=(
                name,
                Column(name="email", read=cells.email),
                Column(name="role", read=cells.role),
                Column(name="coops", read=cells.cooperatives),
            ),
        ),
    )
