"""InfluxDB 1.x: line protocol to ``/write``, InfluxQL from ``/query``."""

import base64
import urllib.parse

from province.stores import influxql, influxql_tally
from province.stores.base import Rejected
from province.stores.bounded import Meanwhile, nothing
from province.stores.connection import Connection
from province.stores.isolate import isolate, judge
from province.summary import Question, Summary, summarise
from province.tally import Scope, Seen, Tally
from telemetry.ranges import Range
from telemetry.series import Series


class Influx1:
    """A database of InfluxDB 1.x.

    It has fsynced its write-ahead log when it answers 204, as long as
    ``wal-fsync-delay`` stays at its default of 0.
    """

    def __init__(
        self,
        *,
        url: str,
        database: str,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        headers = {"Content-Type": "text/plain"}
        if username is not None:
            pair = f"{username}:{password or ''}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        self.database = database
        self._connection = Connection(url, headers)
        options = {"db": database, "precision": "ns"}
        self._path = f"/write?{urllib.parse.urlencode(options)}"

    def write(self, body: bytes, meanwhile: Meanwhile = nothing) -> list[Rejected]:
        """Store every line; see ``Store``."""
        return isolate(body, lambda part: self._send(part, meanwhile))

    def summary(self, question: Question) -> Summary | None:
        """Answer a question; see ``Store``."""
        parts = influxql.parts(self._connection, self.database, question)
        return summarise(question, parts)

    def series(self, scope: Scope) -> list[Seen]:
        """Every series of a scope; see ``Store``."""
        return influxql_tally.series(self._connection, self.database, scope)

    def counts(self, scope: Scope, bucket_ns: int, at_ns: int) -> list[Tally]:
        """Rows by bucket; see ``Store``."""
        place = (self._connection, self.database)
        return influxql_tally.counts(*place, scope, bucket_ns, at_ns)

    def runs(self, scope: Scope, apart_ns: int) -> dict[Series, list[Range]]:
        """Stretches with values; see ``Store``."""
        return influxql_tally.runs(self._connection, self.database, scope, apart_ns)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _send(self, body: bytes, meanwhile: Meanwhile) -> None:
        answer = self._connection.ask("POST", self._path, body, meanwhile)
        judge(
            answer.status,
            answer.text,
            where=f"InfluxDB {self._connection.where}",
            retry_after_s=answer.retry_after_s,
        )
