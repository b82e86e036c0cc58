"""Somebody else answers in the broker's place: a captive portal, a false DNS."""

import re
import socket
import ssl
import threading
import time
from contextlib import suppress

import pytest

from tests import parts
from tests.deploy.pki import Authority, Papers
from tests.faults.network.rig import FAST, rig

SECRET = "mat-khau-cua-tram"  # noqa: S105 - a test's own


class Impostor:
    """Takes every connection, with TLS under ``papers`` if given, and notes words."""

    def __init__(self, papers: Papers | None, says: bytes) -> None:
        self.heard = b""
        self.visits = 0
        self._says = says
        self._context: ssl.SSLContext | None = None
        if papers is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(papers.certificate, papers.key)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.2)
        self.port = self._server.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Impostor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2.0)
        self._server.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(OSError):
                client, _ = self._server.accept()
                self.visits += 1
                with client:
                    self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(1.0 if self._says or self._context else 25.0)
        if self._context is not None:
            client = self._context.wrap_socket(client, server_side=True)
        with client:
            if self._says:
                client.sendall(self._says)
            while piece := client.recv(4096):
                self.heard += piece


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("self-signed", "CERTIFICATE_VERIFY_FAILED"),
        ("portal", "WRONG_VERSION_NUMBER|wrong version number|record layer"),
        ("mute", "no answer"),
    ],
)
def test_nobody_else_is_told_the_password(tmp_path, record_property, kind, reason):
    (tmp_path / "pki").mkdir()
    ours = Authority(tmp_path / "pki")
    papers = Authority(tmp_path / "pki", "stranger").sign("localhost", "false")
    says = b"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n"
    (tmp_path / "password").write_text(SECRET)
    with Impostor(
        papers if kind == "self-signed" else None, says if kind == "portal" else b""
    ) as impostor, rig(
        tmp_path, port=impostor.port,
        uplink=f'{FAST}\nhost = "localhost"\nusername = "htx-moduc/g1"\n'
        f'ca_file = "{ours.certificate}"\npassword_file = "{tmp_path}/password"',
    ) as it, it.gateway:  # fmt: skip
        began_s = time.monotonic()
        parts.wait_until(lambda: it.status.get("link_error"), 40)
        seen_s = time.monotonic() - began_s
        why = it.status["link_error"]
        it.grows(32)
        parts.wait_until(lambda: impostor.visits > 1, 40)

    assert re.search(reason, why), why
    assert SECRET.encode() not in impostor.heard
    assert b"htx-moduc/g1" not in impostor.heard
    record_property("figure", f"refused, told after {seen_s:.1f} s: {why[-60:]}")
