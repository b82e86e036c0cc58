"""Real servers for tests: Mosquitto, InfluxDB 1.6.7 and VictoriaMetrics from Debian.

Each runs on a free port of the loopback with a directory of its own, can be
stopped, killed and started again on the same port, and ends with its ``with``::

    with mosquitto(tmp) as broker, influxdb(tmp) as store:
        create_database(store.port, "field")
        broker.kill()
        broker.start()
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

START_S: Final = 30.0  # InfluxDB needs about 1 s, on a busy machine more
STOP_S: Final = 20.0
LOOK_S: Final = 0.02

PACKAGES: Final = {
    "mosquitto": "mosquitto",
    "influxd": "influxdb",
    "victoria-metrics": "victoria-metrics",
}
"""Program and the Debian package that brings it."""


class MissingPart(RuntimeError):
    """A server program that is not installed, with the package that has it."""


class Part:
    """One server process, restartable on its port."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        port: int,
        log: Path,
        is_ready: Callable[[int], bool],
    ) -> None:
        self.port = port
        self.log = log
        self._command = [_find(program), *arguments]
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            msg = f"{self._command[0]} does not run"
            raise RuntimeError(msg)
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while not self._is_ready(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = self.log.read_text(errors="replace")[-2000:]
                msg = f"{self._command[0]} did not start:\n{tail}"
                raise RuntimeError(msg)
            time.sleep(LOOK_S)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def mosquitto(directory: Path, *, config: str = "", port: int | None = None) -> Part:
    """Mosquitto on one listener.

    Without ``config`` it lets everyone in and keeps no state over a restart;
    with it, ``config`` stands behind the listener and says all of that itself.
    """
    port = port or free_port()
    file = directory / f"mosquitto-{port}.conf"
    user = "user root\n" if os.geteuid() == 0 else ""
    rest = config or "allow_anonymous true\nset_tcp_nodelay true\n"
    file.write_text(f"{user}listener {port} 127.0.0.1\n{rest}")
    return Part(
        "mosquitto",
        ["-c", str(file)],
        port=port,
        log=directory / f"mosquitto-{port}.log",
        is_ready=accepts,
    )


def influxdb(
    directory: Path, *, auth: bool = False, port: int | None = None, http: str = ""
) -> Part:
    """InfluxDB 1.6.7 without databases; ``http`` is added to its ``[http]`` table."""
    port = port or free_port()
    home = directory / f"influxdb-{port}"
    home.mkdir()
    file = home / "influxdb.conf"
    file.write_text(
        f"""reporting-disabled = true
bind-address = "127.0.0.1:{free_port()}"
[meta]
dir = "{home}/meta"
[data]
dir = "{home}/data"
wal-dir = "{home}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = {str(auth).lower()}
log-enabled = false
{http}
"""
    )
    return Part(
        "influxd",
        ["-config", str(file)],
        port=port,
        log=home / "log",
        is_ready=lambda port: _answers(port, "/ping"),
    )


def victoria_metrics(directory: Path, *, port: int | None = None) -> Part:
    """VictoriaMetrics, which stands in for the write API of InfluxDB 2."""
    port = port or free_port()
    home = directory / f"victoria-{port}"
    home.mkdir()
    return Part(
        "victoria-metrics",
        [
            f"-httpListenAddr=127.0.0.1:{port}",
            f"-storageDataPath={home}/data",
            "-retentionPeriod=100y",
        ],
        port=port,
        log=home / "log",
        is_ready=lambda port: _answers(port, "/health"),
    )


def create_database(port: int, name: str) -> None:
    """Make an InfluxDB database."""
    query(port, f'CREATE DATABASE "{name}"')


def write(port: int, database: str, body: bytes) -> tuple[int, str]:
    """Status and text of a write of line protocol to InfluxDB."""
    path = f"/write?db={database}&precision=ns"
    status, text = _ask(port, "POST", path, body)
    return status, text.decode()


def query(
    port: int, question: str, database: str | None = None
) -> list[dict[str, Any]]:
    """Rows of an InfluxQL answer; ``_name`` is the measurement, ``time`` is in ns."""
    asked = {"q": question, "epoch": "ns"}
    if database is not None:
        asked["db"] = database
    body = urllib.parse.urlencode(asked).encode()
    status, text = _ask(port, "POST", "/query", body, form=True)
    answer = json.loads(text)
    (result,) = answer.get("results", [{"error": answer.get("error")}])
    if status != http.client.OK or "error" in result:
        msg = f"{question}: HTTP {status} {result.get('error')}"
        raise RuntimeError(msg)
    return [
        {
            "_name": series.get("name"),
            **series.get("tags", {}),
            **dict(zip(series["columns"], values, strict=True)),
        }
        for series in result.get("series", [])
        for values in series.get("values", [])
    ]


def export(port: int, match: str) -> list[dict[str, Any]]:
    """Series of VictoriaMetrics that ``match``, with all that was written till now.

    Each is ``{"metric": {...}, "values": [...], "timestamps": [ms, ...]}``.
    """
    _ask(port, "GET", "/internal/force_flush", None)
    asked = urllib.parse.urlencode({"match[]": match})
    status, text = _ask(port, "GET", f"/api/v1/export?{asked}", None)
    if status != http.client.OK:
        msg = f"{match}: HTTP {status} {text[:500]!r}"
        raise RuntimeError(msg)
    return [json.loads(line) for line in text.splitlines()]


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def wait_until(holds: Callable[[], object], within_s: float = 20.0) -> None:
    """Look again and again until ``holds()``, at most ``within_s``."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            msg = f"not so within {within_s:.0f} s: {holds}"
            raise TimeoutError(msg)
        time.sleep(LOOK_S)


def _find(program: str) -> str:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"
    found = shutil.which(program, path=path)
    if found is None:
        msg = (
            f"{program} is not installed; it is in the Debian package"
            f" {PACKAGES[program]}: apt-get install {PACKAGES[program]}"
        )
        raise MissingPart(msg)
    return found


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _answers(port: int, path: str) -> bool:
    try:
        return _ask(port, "GET", path, None)[0] < http.client.BAD_REQUEST
    except OSError:
        return False


def _ask(
    port: int, method: str, path: str, body: bytes | None, *, form: bool = False
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    kind = "application/x-www-form-urlencoded" if form else "text/plain"
    try:
        connection.request(method, path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
