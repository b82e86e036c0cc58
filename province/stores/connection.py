"""One HTTP connection, kept alive, whose faults are all ``StoreDown``."""

import contextlib
import http.client
import socket
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from province.stores.base import StoreDown
from province.stores.bounded import Bounded, Meanwhile, nothing

# For a whole request, below the 10 s that a stop may take; 10,000 lines need InfluxDB
# some 40 ms.
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
        self._url = urllib.parse.urlsplit(url)
        self.where = f"{self._url.scheme}://{self._url.netloc.rpartition('@')[2]}"
        self._headers = dict(headers)
        self._bounded = Bounded(TIMEOUT_S)
        self._http = self._new()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        meanwhile: Meanwhile = nothing,
    ) -> Answer:
        """Send a request and read the whole answer."""
        over = self._http
        try:
            return self._bounded.call(
                lambda: self._ask(over, method, path, body), meanwhile
            )
        # http.client lets a wild length or chunk through as one of the latter two.
        except (OSError, http.client.HTTPException, ValueError, OverflowError) as fault:
            if isinstance(fault, TimeoutError):
                self._leave()
            reason = str(fault) or type(fault).__name__
            if isinstance(fault, OSError) and fault.strerror:
                reason = fault.strerror
            msg = f"{self.where}: {reason}"
            raise StoreDown(msg) from None

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._http.close()

    def _new(self) -> http.client.HTTPConnection:
        is_secret = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if is_secret else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=TIMEOUT_S)

    def _ask(
        self,
        over: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
    ) -> Answer:
        """Runs in a thread of its own, so it touches ``over`` alone."""
        was_open = over.sock is not None
        try:
            try:
                return self._request(over, method, path, body)
            except ConnectionError:
                if not was_open:
                    raise
            # A server may close an idle connection just then: once more, on a new one.
            over.close()
            return self._request(over, method, path, body)
        except BaseException:
            over.close()
            raise

    def _request(
        self,
        over: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
    ) -> Answer:
        # A server that finds the body too large answers before it has read it.
        with contextlib.suppress(BrokenPipeError):
            over.request(method, self._url.path.rstrip("/") + path, body, self._headers)
        response = over.getresponse()
        text = response.read().decode("utf-8", "replace")
        return Answer(response.status, text, pause_of(*map(response.getheader, PAUSE)))

    def _leave(self) -> None:
        """Ask over another connection; whoever still waits on this one need not."""
        late, self._http = self._http, self._new()
        if late.sock is not None:
            with contextlib.suppress(OSError):
                late.sock.shutdown(socket.SHUT_RDWR)


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
