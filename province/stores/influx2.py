"""InfluxDB 2 and 3: the v2 write API by influxdb-client, InfluxQL by ``/query``.

The client writes ready bytes at once and never retries by itself: its batching
mode drops data after five failures (its source, ``write_api.py``).
"""

from collections.abc import Mapping

import urllib3.exceptions
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from province.stores import influxql
from province.stores.base import Rejected, StoreDown
from province.stores.connection import TIMEOUT_S, Connection, seconds
from province.stores.isolate import isolate, judge
from province.summary import Question, Summary, summarise


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
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)
        self._connection = Connection(url, {"Authorization": f"Token {token}"})

    def write(self, body: bytes) -> list[Rejected]:
        """Store every line; see ``Store``."""
        return isolate(body, self._send)

    def summary(self, question: Question) -> Summary | None:
        """Answer a question; see ``Store``."""
        parts = influxql.parts(self._connection, self._database, question)
        return summarise(question, parts)

    def close(self) -> None:
        """Close both connections."""
        self._client.close()  # type: ignore[no-untyped-call]  # nor annotated
        self._connection.close()

    def _send(self, body: bytes) -> None:
        where = f"InfluxDB {self._connection.where}"
        try:
            self._writer.write(
                bucket=self._bucket,
                org=self._org,
                record=body,
                write_precision=WritePrecision.NS,  # type: ignore[arg-type]  # is str
            )
        except ApiException as answer:
            headers: Mapping[str, str] = answer.headers or {}
            judge(
                answer.status or 0,
                _text(answer.body),
                where=where,
                retry_after_s=seconds(headers.get("Retry-After")),
            )
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            msg = f"{where}: {fault}"
            raise StoreDown(msg) from None


def _text(body: bytes | str | None) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
