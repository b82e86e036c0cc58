"""The ledger: which numbers of which gateway stand in the store.

One SQLite file with ``synchronous=FULL``.  All that a round of ingest has to
say goes in with one transaction, after the store has confirmed and before
anything is acknowledged.
"""

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.files import identity_of, is_of_the_path
from province.forks import Greeted, greet
from province.migrations import upgrade
from province.quarantine import numbers_of, quarantined
from province.recording import put
from province.records import Alarm, Quarantined, Round
from province.refilling import BREATH_S, PIECE, Key, take_out
from province.schema import GATEWAY, META, QUARANTINE
from province.spans import HELD, REJECTED, of_gateway
from telemetry.messages import Hello
from telemetry.ranges import Range
from telemetry.settings import ConfigError
from telemetry.topics import Identity

_LISTENING: Final = "listening"  # key in ``meta``
BUSY_S: Final = 5  # how long a command may hold the file while ingest waits


class LedgerFault(OSError):
    """The ledger's file cannot be read or written."""


class Ledger:
    """The ledger in ``path``, made or migrated when opened.

    Raises
    ------
    ConfigError
        The path cannot be used; it says why and what to do.
    LedgerFault
        The file is locked, the disk full or ill.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": BUSY_S},
        )
        sa.event.listen(self._engine, "connect", _on_connect)
        sa.event.listen(self._engine, "begin", _on_begin)
        self._reader = self._engine.execution_options(is_reading=True)
        try:
            with self._engine.begin() as connection:
                upgrade(connection, path)
        except sa.exc.DBAPIError as fault:
            self.close()
            if not is_of_the_path(fault.orig):
                msg = f"ledger {path}: {fault.orig}"
                raise LedgerFault(msg) from None
            msg = f"{path}: cannot be used as a ledger: {fault.orig}"
            raise ConfigError([msg]) from None
        except ConfigError:
            self.close()
            raise
        self._file = identity_of(path)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    # --- recording -----------------------------------------------------------

    def record(self, round_: Round, at_ms: int) -> list[Alarm]:
        """Write a round in one transaction; recording it again changes nothing.

        ``at_ms`` is UTC. [ms since 1970]  Returns the alarms that are to be told now.
        """
        with self.transaction() as connection:
            return put(connection, round_, at_ms)

    def held(self, identity: Identity, epoch: str) -> list[Range]:
        """Ranges of numbers that the ledger holds of an epoch."""
        with self.transaction() as connection:
            return HELD.of(connection, identity, epoch)

    def greet(self, identity: Identity, hello: Hello) -> tuple[list[Range], Greeted]:
        """What is held of hello's epoch, and whether its card is the one known."""
        with self.transaction() as connection:
            held = HELD.of(connection, identity, hello.epoch)
            return held, greet(connection, identity, hello, held)

    def epoch_of(self, identity: Identity) -> str | None:
        """Epoch of a gateway's last hello."""
        with self.transaction() as connection:
            asked = sa.select(GATEWAY.c.epoch).where(*of_gateway(GATEWAY, identity))
            epoch: str | None = connection.scalar(asked)
        return epoch

    # --- field time ----------------------------------------------------------

    def claim(self, field_time: str) -> None:
        """Mark a new ledger as one of real or simulated time, or check the mark.

        Raises
        ------
        ConfigError
            The ledger is marked otherwise.
        """
        mark = self._meta("field_time", field_time)
        if mark != field_time:
            msg = (
                f"{self.path}: holds {mark} time, the config says"
                f' field_time = "{field_time}"; name another ledger and store'
            )
            raise ConfigError([msg])

    def origin(self, boot: str, now: Range) -> Range:
        """Origin (field ms, UTC ms) of a scaled clock; ``now`` if it is the first.

        It is kept for each boot, within which field time is comparable.
        """
        kept = json.loads(self._meta(f"origin {boot}", json.dumps(now)))
        return int(kept[0]), int(kept[1])

    def _meta(self, key: str, value: str) -> str:
        """Return the value under ``key``, which becomes ``value`` if it has none."""
        with self.transaction() as connection:
            new = insert(META).values(key=key, value=value).on_conflict_do_nothing()
            connection.execute(new)
            asked = sa.select(META.c.value).where(META.c.key == key)
            kept: str = connection.execute(asked).scalar_one()
        return kept

    # --- listening -----------------------------------------------------------

    def listens(self, since_ms: int, at_ms: int) -> None:
        """Note that ingest has heard the broker from ``since_ms`` to ``at_ms``. [UTC]

        Who judges the silence of a gateway needs to know it.
        """
        value = json.dumps([since_ms, at_ms])
        new = insert(META).values(key=_LISTENING, value=value)
        put_ = new.on_conflict_do_update(index_elements=["key"], set_={"value": value})
        with self.transaction() as connection:
            connection.execute(put_)

    def listened(self) -> Range | None:
        """Return since when and until when ingest has listened. [ms UTC]"""
        asked = sa.select(META.c.value).where(META.c.key == _LISTENING)
        with self.transaction() as connection:
            kept = connection.scalar(asked)
        if kept is None:
            return None
        since_ms, at_ms = json.loads(kept)
        return int(since_ms), int(at_ms)

    # --- repair --------------------------------------------------------------

    def take_out(
        self, identity: Identity, start_ns: int, end_ns: int
    ) -> list[tuple[str, Range]]:
        """Forget the batches that touch a stretch of time, and return their ranges.

        ``start_ns`` is inside, ``end_ns`` outside. [ns since 1970]
        """
        taken: list[Key] = []
        while True:
            behind = taken[-1] if taken else None
            with self.transaction() as connection:
                some = take_out(connection, identity, (start_ns, end_ns), behind)
            taken += some
            if len(some) < PIECE:
                return [(epoch, (first, last)) for epoch, first, last, _ in taken]
            time.sleep(BREATH_S)

    def rejected(self, identity: Identity, epoch: str) -> list[Range]:
        """Ranges of numbers of an epoch whose line was rejected once."""
        with self.reading() as connection:
            return REJECTED.of(connection, identity, epoch)

    def quarantine(
        self, identity: Identity | None = None
    ) -> list[tuple[int, Quarantined]]:
        """Return what is in quarantine, of one gateway or of all, with its id."""
        with self.reading() as connection:
            return quarantined(connection, identity)

    def release(self, stored: Sequence[tuple[int, Quarantined]]) -> None:
        """Take lines out of quarantine that the store has taken: they are held."""
        # By its payload too: another requeue may have taken it out, and SQLite gives
        # a highest id again.
        gone = [{"gone": id_, "line": one.payload} for id_, one in stored]
        if not gone:
            return
        one = sa.delete(QUARANTINE).where(
            QUARANTINE.c.id == sa.bindparam("gone"),
            QUARANTINE.c.payload == sa.bindparam("line"),
        )
        with self.transaction() as connection:
            connection.execute(one, gone)
            numbers = numbers_of(line for _, line in stored)
            for (identity, epoch), some in numbers.items():
                spans = [(number, number) for number in some]
                HELD.join(connection, identity, epoch, spans)

    def reading(self) -> contextlib.AbstractContextManager[sa.Connection]:
        """One view of the whole file: it may take long, nobody waits for it."""
        return self._begun(self._reader)

    def transaction(self) -> contextlib.AbstractContextManager[sa.Connection]:
        """All or nothing; others who write wait, so it must be short.

        Raises
        ------
        LedgerFault
            The file is locked, the disk full or ill, or another one has its name.
        """
        return self._begun(self._engine)

    @contextlib.contextmanager
    def _begun(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as fault:
            self._check_name()
            msg = f"ledger {self.path}: {fault.orig}"
            raise LedgerFault(msg) from None
        # After the commit: what went into a file without a name is lost, and must
        # not be acknowledged.
        self._check_name()

    def _check_name(self) -> None:
        if identity_of(self.path) != self._file:
            msg = f"ledger {self.path}: was deleted or replaced while it was open"
            raise LedgerFault(f"{msg}; start again on the file that is there now")


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _on_begin(connection: sa.Connection) -> None:
    is_reading = connection.get_execution_options().get("is_reading", False)
    # A deferred transaction could find the file changed when it begins to write.
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
