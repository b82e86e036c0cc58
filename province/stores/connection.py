"""One HTTP connection, kept alive, whose faults are all ``StoreDown``."""

import contextlib
import http.client
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from province.stores.base import StoreDown

# Below the 10 s that a stop may take; 10,000 lines need InfluxDB some 40 ms.
TIMEOUT_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and text of an answer; ``retry_after_s`` if it asked for a pause."""

    status: int
    text: str
    retry_after_s: float | None


class Connection:
    """A database's HTTP interface at ``url``, asked from one thread."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urllib.parse.urlsplit(url)
        kind = (
            http.client.HTTPSConnection
            if parts.scheme == "https"
            else http.client.HTTPConnection
        )
        self.where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._base = parts.path.rstrip("/")
        self._headers = dict(headers)
        self._http = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Send a request and read the whole answer."""
        response = self._send(method, path, body)
        with self._weather():
            text = response.read().decode("utf-8", "replace")
        return Answer(response.status, text, pause_of(*map(response.getheader, PAUSE)))

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._http.close()

    def _send(
        self, method: str, path: str, body: bytes | None
    ) -> http.client.HTTPResponse:
        was_open = self._http.sock is not None
        with self._weather():
            try:
                return self._request(method, path, body)
            except ConnectionError:
                if not was_open:
                    raise
        # A server may close an idle connection just then: once more, on a new one.
        self._http.close()
        with self._weather():
            return self._request(method, path, body)

    def _request(
        self, method: str, path: str, body: bytes | None
    ) -> http.client.HTTPResponse:
        # A server that finds the body too large answers before it has read it.
        with contextlib.suppress(BrokenPipeError):
            self._http.request(method, self._base + path, body, self._headers)
        return self._http.getresponse()

    @contextlib.contextmanager
    def _weather(self) -> Iterator[None]:
        try:
            yield
        except StoreDown:
            self._http.close()
            raise
        # http.client lets a wild length or chunk through as one of the latter two.
        except (OSError, http.client.HTTPException, ValueError, OverflowError) as fault:
            self._http.close()
            reason = str(fault) or type(fault).__name__
            if isinstance(fault, OSError) and fault.strerror:
                reason = fault.strerror
            msg = f"{self.where}: {reason}"
            raise StoreDown(msg) from None


PAUSE: Final = ("Retry-After", "Date")
"""Headers that ``pause_of`` reads."""


def pause_of(asked: str | None, now: str | None) -> float | None:
    """Seconds that an answer's ``Retry-After`` asks for (RFC 9110, 10.2.3).

    It says seconds, or a date; that is read against the answer's own ``Date``,
    because the database's clock may not be ours.
    """
    if asked is None:
        return None
    if asked.strip().isdecimal():
        return float(asked)
    try:
        until, since = map(parsedate_to_datetime, (asked, now or ""))
        return max(0.0, (until - since).total_seconds())
    # No date, one beyond what a calendar holds, or one of both without a zone.
    except (TypeError, ValueError, OverflowError):
        return None
