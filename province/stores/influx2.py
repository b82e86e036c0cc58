"""InfluxDB 2 and 3: the v2 write API by influxdb-client, InfluxQL by ``/query``.

The client's write service sends ready bytes at once, never retries by itself and
tells the status.  Its ``write_api`` hides it and takes any 2xx for stored, so a
captive portal's 200 too; in batching mode it drops data after five failures.
"""

from collections.abc import Mapping

import urllib3.exceptions
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from province.stores import influxql, influxql_tally
from province.stores.base import Rejected, StoreDown
from province.stores.bounded import Bounded, Meanwhile, nothing
from province.stores.connection import PAUSE, TIMEOUT_S, Connection, pause_of
from province.stores.isolate import isolate, judge
from province.summary import Question, Summary, summarise
from province.tally import Scope, Seen, Tally
from telemetry.ranges import Range
from telemetry.series import Series


class Influx2:
    """A bucket of InfluxDB 2, or a database of InfluxDB 3.

    ``database`` is its name in InfluxQL: a DBRP mapping in 2, the same in 3.
    """

    def __init__(
        self, *, url: str, token: str, bucket: str, org: str, database: str
    ) -> None:
        self._bucket, self._org, self._database = bucket, org, database
        self._client = InfluxDBClient(
            url=url, token=token, org=org, timeout=int(TIMEOUT_S * 1000), retries=False
        )
        self._service = WriteService(self._client.api_client)  # type: ignore[no-untyped-call]  # nor annotated
        self._bounded = Bounded(TIMEOUT_S)
        self._connection = Connection(url, {"Authorization": f"Token {token}"})

    def write(self, body: bytes, meanwhile: Meanwhile = nothing) -> list[Rejected]:
        """Store every line; see ``Store``."""
        return isolate(body, lambda part: self._send(part, meanwhile))

    def summary(self, question: Question) -> Summary | None:
        """Answer a question; see ``Store``."""
        parts = influxql.parts(self._connection, self._database, question)
        return summarise(question, parts)

    def series(self, scope: Scope) -> list[Seen]:
        """Every series of a scope; see ``Store``."""
        return influxql_tally.series(self._connection, self._database, scope)

    def counts(self, scope: Scope, bucket_ns: int, at_ns: int) -> list[Tally]:
        """Rows by bucket; see ``Store``."""
        place = (self._connection, self._database)
        return influxql_tally.counts(*place, scope, bucket_ns, at_ns)

    def runs(self, scope: Scope, apart_ns: int) -> dict[Series, list[Range]]:
        """Stretches with values; see ``Store``."""
        return influxql_tally.runs(self._connection, self._database, scope, apart_ns)

    def close(self) -> None:
        """Close both connections."""
        self._client.close()  # type: ignore[no-untyped-call]  # nor annotated
        self._connection.close()

    def _send(self, body: bytes, meanwhile: Meanwhile) -> None:
        where = f"InfluxDB {self._connection.where}"
        text: bytes | str | None = None
        headers: Mapping[str, str] = {}
        try:
            status, headers = self._bounded.call(lambda: self._post(body), meanwhile)
        except ApiException as answer:
            status, text = answer.status or 0, answer.body
            headers = answer.headers or {}
        # The client reads an error's page as UTF-8, a proxy's may be anything.
        except (
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
            OverflowError,
        ) as fault:
            msg = f"{where}: {fault}"
            raise StoreDown(msg) from None
        judge(
            status,
            _text(text),
            where=where,
            retry_after_s=pause_of(*map(headers.get, PAUSE)),
        )

    def _post(self, body: bytes) -> tuple[int, Mapping[str, str]]:
        _, status, headers = self._service.post_write_with_http_info(  # type: ignore[no-untyped-call]
            org=self._org,
            bucket=self._bucket,
            body=body,
            precision=WritePrecision.NS,
            content_type="text/plain; charset=utf-8",
        )
        return status, headers


def _text(body: bytes | str | None) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
