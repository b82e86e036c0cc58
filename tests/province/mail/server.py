"""A real SMTP server with TLS and AUTH on loopback, and a certificate for it."""

import email
import email.policy
import ssl
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.parts import free_port

USER, PASSWORD = "canhdong", "thu nghiem 1"
SENDER = "canhdong@example.com"
READY_S = 20.0  # the machine may be busy


def authority(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself; its key lies beside it."""
    folder.mkdir(parents=True)
    subject = ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    make += ["ec_paramgen_curve:P-256", "-nodes", "-days", "2", *subject]
    make += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")]
    subprocess.run(make, check=True, capture_output=True)
    return folder


class MailServer:
    """What came in, and what is answered instead of 250."""

    def __init__(
        self, pki: Path, *, is_implicit: bool = False, port: int | None = None
    ) -> None:
        self.pki = pki
        self.port = port or free_port()
        self.is_implicit = is_implicit
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.logins = 0
        self.replies: dict[
            str, list[str]
        ] = {}  # to RCPT, by address, one after another
        self.data_replies: list[str] = []
        self.on_data: Callable[[], object] = lambda: None

    def of(self, address: str) -> list[EmailMessage]:
        """Mails that one person got."""
        return [m for m, to in zip(self.mails, self.to, strict=True) if to == address]

    # --- what aiosmtpd calls ---------------------------------------------------

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.replies.get(address):
            return self.replies[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, session: Any, envelope: Any
    ) -> str:
        assert self.is_implicit or session.ssl is not None
        if self.data_replies:
            return self.data_replies.pop(0)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        self.to += envelope.rcpt_tos
        self.on_data()
        return "250 OK"

    def _authenticate(
        self, _server: SMTP, session: Any, _envelope: Any, _how: str, said: Any
    ) -> AuthResult:
        assert self.is_implicit or session.ssl is not None
        assert isinstance(said, LoginPassword)
        good = (said.login, said.password) == (USER.encode(), PASSWORD.encode())
        self.logins += good
        return AuthResult(success=good, handled=False)

    # --- life ------------------------------------------------------------------

    def __enter__(self) -> Self:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.pki / "ca.pem", self.pki / "key.pem")
        how: dict[str, Any] = {"tls_context": context, "require_starttls": True}
        how["auth_required"] = True
        if self.is_implicit:
            # TLS stands already; aiosmtpd counts only STARTTLS as such
            how = {"ssl_context": context, "auth_require_tls": False}
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=READY_S,
            authenticator=self._authenticate,
            **how,
        )
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()
