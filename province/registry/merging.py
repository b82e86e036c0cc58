"""Records of the five files, as they stand in the registry's tables.

A lot's row holds its seasons and a recipient's its cooperatives, as in the files;
in the tables these are rows of their own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from province.registry.cells import Value
from province.registry.schema import (
    COOPERATIVE,
    LOT,
    LOT_SEASON,
    PLOT,
    RECIPIENT,
    SEASON,
)
from province.registry.sheets import Key, Record, many

Held = Mapping[str, Mapping[Key, Record]]
"""Sheet's name, then the record's key."""

_PLAIN: Final = {"cooperatives": COOPERATIVE, "plots": PLOT, "seasons": SEASON}


def held(connection: sa.Connection) -> Held:
    """Read the whole registry; a province's is some ten thousand rows."""
    found = {name: _plain(connection, table) for name, table in _PLAIN.items()}
    return found | {"lots": _lots(connection), "recipients": _recipients(connection)}


def put(connection: sa.Connection, sheet: str, new: Held, old: Held) -> None:
    """Add and change a sheet's records; ``old`` is what ``held`` gave."""
    added = [one for key, one in new[sheet].items() if key not in old[sheet]]
    changed = [one for key, one in new[sheet].items() if key in old[sheet]]
    if sheet in _PLAIN:
        _write(connection, _PLAIN[sheet], added, changed)
    elif sheet == "lots":
        _write(connection, LOT, added, changed)
        _delete(connection, LOT_SEASON.c.lot, changed)
        links = ("lot", "coop", "season")
        _insert(connection, LOT_SEASON, _spread(added + changed, "seasons", links))
    else:
        _delete(connection, RECIPIENT.c.email, changed)
        columns = ("email", "coop", "name", "role")
        _insert(connection, RECIPIENT, _spread(added + changed, "coops", columns))


# --- reading ---------------------------------------------------------------------


def _plain(connection: sa.Connection, table: sa.Table) -> dict[Key, Record]:
    keys = [column.name for column in table.primary_key]
    rows = connection.execute(sa.select(table)).mappings()
    return {tuple(row[key] for key in keys): dict(row) for row in rows}


def _lots(connection: sa.Connection) -> dict[Key, Record]:
    seasons: dict[str, list[str]] = defaultdict(list)
    asked = sa.select(LOT_SEASON).order_by(LOT_SEASON.c.season)
    for row in connection.execute(asked):
        seasons[row.lot].append(row.season)
    return {
        (row["lot"],): dict(row) | {"seasons": tuple(sorted(seasons[row["lot"]]))}
        for row in connection.execute(sa.select(LOT)).mappings()
    }


def _recipients(connection: sa.Connection) -> dict[Key, Record]:
    found: dict[Key, dict[str, Any]] = {}
    for row in connection.execute(sa.select(RECIPIENT)).mappings():
        one = found.setdefault((row["email"],), {**row, "coops": []})
        one.pop("coop", None)
        one["coops"].append(row["coop"])
    return {
        key: one | {"coops": tuple(sorted(one["coops"]))} for key, one in found.items()
    }


# --- writing ---------------------------------------------------------------------


def _write(
    connection: sa.Connection,
    table: sa.Table,
    added: Sequence[Record],
    changed: Sequence[Record],
) -> None:
    names = [column.name for column in table.c]
    _insert(connection, table, [{name: one[name] for name in names} for one in added])
    if not changed:
        return
    this = [
        column == sa.bindparam(f"new_{column.name}") for column in table.primary_key
    ]
    new: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in names}
    connection.execute(
        sa.update(table).where(*this).values(new),
        [{f"new_{name}": one[name] for name in names} for one in changed],
    )


def _insert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Value]]
) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _delete(
    connection: sa.Connection, column: sa.Column[str], records: Iterable[Record]
) -> None:
    gone = [{"gone": one[column.name]} for one in records]
    if gone:
        one = sa.delete(column.table).where(column == sa.bindparam("gone"))
        connection.execute(one, gone)


def _spread(
    records: Iterable[Record], listed: str, columns: Sequence[str]
) -> list[dict[str, Value]]:
    """One row for each value in the list; its column has the singular's name."""
    singular = listed.removesuffix("s")
    return [
        {name: value if name == singular else record[name] for name in columns}
        for record in records
        for value in many(record, listed)
    ]
