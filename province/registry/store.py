"""The registry: SQLite for one machine, PostgreSQL by URL, one code for both.

What it answers is read in one transaction, so a lot and its plots belong together.
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import sqlalchemy as sa

from province.files import is_of_the_path
from province.registry.migrations import upgrade
from province.registry.records import (
    ALL,
    Cooperative,
    Lot,
    Plot,
    Recipient,
    Role,
    Season,
)
from province.registry.schema import (
    COOPERATIVE,
    LOT,
    LOT_SEASON,
    PLOT,
    RECIPIENT,
    SEASON,
)
from telemetry.settings import ConfigError

BUSY_S: Final = 5  # how long a reader waits for an import; one takes about a second

CONNECT_S: Final = 10  # libpq waits for ever on a server that drops packets


class RegistryFault(OSError):
    """The registry cannot be read or written now."""


class Registry:
    """The registry at ``place``, made or migrated when opened.

    ``place`` is a file, or a URL ``postgresql+psycopg://...``.

    Raises
    ------
    ConfigError
        The place cannot be used; it says why and what to do.
    RegistryFault
        The server is away, the file is locked, the disk full or ill.
    """

    def __init__(self, place: str) -> None:
        url = _url(place)
        self.place = place
        self._engine = _engine(url)
        try:
            with self.transaction() as connection:
                upgrade(connection, self.place)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Connect for as long as the ``with``: all of it is written, or nothing."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as fault:
            told = " ".join(str(fault.orig).split())
            if is_of_the_path(fault.orig):
                msg = f"{self.place}: cannot be used as a registry: {told}"
                raise ConfigError([msg]) from None
            msg = f"registry {self.place}: {told}"
            raise RegistryFault(msg) from None

    # --- reading -------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether nothing was imported yet."""
        with self.transaction() as connection:
            return not connection.execute(sa.select(COOPERATIVE).limit(1)).all()

    def cooperative(self, coop: str) -> Cooperative | None:
        """Return a cooperative by its name on the wire."""
        asked = sa.select(COOPERATIVE).where(COOPERATIVE.c.coop == coop)
        with self.transaction() as connection:
            row = connection.execute(asked).one_or_none()
        return None if row is None else Cooperative(**row._mapping)

    def cooperatives(self) -> list[Cooperative]:
        """Return all of them, by name on the wire."""
        with self.transaction() as connection:
            rows = connection.execute(sa.select(COOPERATIVE).order_by("coop"))
            return [Cooperative(**row._mapping) for row in rows]

    def plot(self, coop: str, plot: str) -> Plot | None:
        """Return a plot by its name on the wire."""
        asked = sa.select(PLOT).where(PLOT.c.coop == coop, PLOT.c.plot == plot)
        with self.transaction() as connection:
            row = connection.execute(asked).one_or_none()
        return None if row is None else Plot(**row._mapping)

    def plots(self, coop: str) -> list[Plot]:
        """Return a cooperative's plots, by name on the wire."""
        asked = sa.select(PLOT).where(PLOT.c.coop == coop).order_by(PLOT.c.plot)
        with self.transaction() as connection:
            return [Plot(**row._mapping) for row in connection.execute(asked)]

    def seasons(self, coop: str, plot: str) -> list[Season]:
        """Return what grew on a plot, the earliest first."""
        on_it = (SEASON.c.coop == coop, SEASON.c.plot == plot)
        with self.transaction() as connection:
            return _seasons(connection, *on_it)

    def lot(self, lot: str) -> Lot | None:
        """Return a harvest lot with its seasons and their plots."""
        with self.transaction() as connection:
            asked = (
                sa.select(LOT, COOPERATIVE).join(COOPERATIVE).where(LOT.c.lot == lot)
            )
            row = connection.execute(asked).one_or_none()
            if row is None:
                return None
            of_it = sa.select(LOT_SEASON.c.season).where(LOT_SEASON.c.lot == lot)
            grown = (SEASON.c.coop == row.coop, SEASON.c.season.in_(of_it))
            return Lot(
                lot=lot,
                coop=Cooperative(coop=row.coop, name=row.name, commune=row.commune),
                harvested=row.harvested,
                kg=row.kg,
                seasons=tuple(_seasons(connection, *grown)),
            )

    def lots(self) -> list[str]:
        """Return the names of all lots, the latest harvest first."""
        asked = sa.select(LOT.c.lot).order_by(LOT.c.harvested.desc(), LOT.c.lot)
        with self.transaction() as connection:
            return list(connection.scalars(asked))

    def recipients(self, coop: str, role: Role | None = None) -> list[Recipient]:
        """Return who gets mail about ``coop``, those for all of them included."""
        asked = sa.select(RECIPIENT).where(RECIPIENT.c.coop.in_((ALL, coop)))
        if role is not None:
            asked = asked.where(RECIPIENT.c.role == role)
        with self.transaction() as connection:
            rows = connection.execute(asked.order_by(RECIPIENT.c.email))
            return [Recipient(**row._mapping) for row in rows]

    def has_recipient(self, email: str, coops: Iterable[str]) -> bool:
        """Whether ``email`` still gets mail about any of ``coops``."""
        theirs = RECIPIENT.c.coop.in_((ALL, *coops))
        asked = sa.select(RECIPIENT).where(RECIPIENT.c.email == email, theirs)
        with self.transaction() as connection:
            return connection.execute(asked.limit(1)).first() is not None


def _seasons(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> list[Season]:
    same_plot = (PLOT.c.coop == SEASON.c.coop) & (PLOT.c.plot == SEASON.c.plot)
    asked = (
        sa.select(SEASON, *(column.label(f"plot_{column.name}") for column in PLOT.c))
        .join(PLOT, same_plot)
        .where(*which)
        .order_by(SEASON.c.sown, SEASON.c.season)
    )
    return [
        Season(
            coop=row.coop,
            season=row.season,
            plot=Plot(**{one.name: row._mapping[f"plot_{one.name}"] for one in PLOT.c}),
            crop=row.crop,
            variety=row.variety,
            sown=row.sown,
            harvested=row.harvested,
        )
        for row in connection.execute(asked)
    ]


# --- the engine ----------------------------------------------------------------


def _url(place: str) -> sa.URL:
    if "://" not in place:
        return sa.URL.create("sqlite", database=place)
    url = sa.make_url(place)
    return url.set(query={"connect_timeout": str(CONNECT_S), **url.query})


def _engine(url: sa.URL) -> sa.Engine:
    # An import reads, judges and writes: nobody may write between.  A service keeps
    # its connections; the ping finds those that a restarted server has dropped.
    try:
        engine = sa.create_engine(
            url, isolation_level="SERIALIZABLE", pool_pre_ping=True
        )
    except ModuleNotFoundError as fault:
        remedy = "pip install 'canhdong[postgres]'"
        msg = f"registry: {fault.name} is not installed; {remedy}"
        raise ConfigError([msg]) from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    connection.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
