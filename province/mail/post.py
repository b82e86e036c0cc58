"""The connection to the mail server; the one place that knows SMTP.

Nothing leaves before TLS stands and the server's certificate is verified: no
letter, and above all no password.
"""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Literal

from province.alerting import clean
from province.config_mail import MailTable, context_of, port_of

TIMEOUT_S: Final = 30.0  # for each answer; RFC 5321 §4.5.3.2 allows minutes


class PostDown(OSError):
    """The mail server does not take mail now, whoever it is for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter: ``waiting`` may be tried again, ``refused`` not."""

    state: Literal["sent", "waiting", "refused"]
    why: str = ""


class Post:
    """Letters to one mail server.

    Raises
    ------
    ConfigError
        The authorities' file cannot be used.
    """

    def __init__(self, table: MailTable, password: str | None) -> None:
        self.where = f"{table.host}:{port_of(table)}"
        self._table = table
        self._password = password
        self._context = context_of(table)

    @contextlib.contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """Connect, encrypt, log in.

        Raises
        ------
        PostDown
            Any of it fails.
        """
        with contextlib.ExitStack() as stack:
            with self._as_down():
                server = self._connect()
                stack.callback(_leave, server)
                if self._table.username is not None and self._password is not None:
                    self._log_in(server, self._table.username, self._password)
            yield server

    def send(self, server: smtplib.SMTP, mail: EmailMessage, email: str) -> Outcome:
        """Hand one letter over.

        Raises
        ------
        PostDown
            The connection is lost or the sender not let in; the letter may or may
            not have gone.
        """
        with self._as_down():
            try:
                server.send_message(mail, self._table.sender, [email])
            except smtplib.SMTPRecipientsRefused as fault:
                return _outcome(*fault.recipients[email])
            except smtplib.SMTPSenderRefused:
                raise  # of all letters alike
            except smtplib.SMTPDataError as fault:
                return _outcome(fault.smtp_code, fault.smtp_error)
        return Outcome("sent")

    def _connect(self) -> smtplib.SMTP:
        table, port = self._table, port_of(self._table)
        if table.security == "tls":
            return smtplib.SMTP_SSL(
                table.host, port, timeout=TIMEOUT_S, context=self._context
            )
        server = smtplib.SMTP(table.host, port, timeout=TIMEOUT_S)
        try:
            server.starttls(context=self._context)
        except OSError:
            server.close()
            raise
        return server

    def _log_in(self, server: smtplib.SMTP, username: str, password: str) -> None:
        try:
            server.login(username, password)
        except ValueError as fault:  # a challenge that is no base64
            msg = f"mail server {self.where}: does not speak AUTH: {fault}"
            raise PostDown(msg) from None

    @contextlib.contextmanager
    def _as_down(self) -> Iterator[None]:
        try:
            yield
        except PostDown:
            raise
        except smtplib.SMTPResponseException as fault:
            msg = (
                f"mail server {self.where}: {_said(fault.smtp_code, fault.smtp_error)}"
            )
            raise PostDown(f"{msg}{_remedy(fault)}") from None
        except ssl.SSLCertVerificationError as fault:
            fact = f"its certificate is not trusted: {fault.verify_message}"
            msg = f"mail server {self.where}: {fact}; is mail.ca_file the right one?"
            raise PostDown(msg) from None
        except OSError as fault:  # SMTPException is one too
            msg = f"mail server {self.where}: {fault.strerror or fault}"
            raise PostDown(msg) from None


def _outcome(code: int, text: bytes | str) -> Outcome:
    """Judge a reply: 5yz is for good, all else is tried again (RFC 5321 §4.2.1)."""
    return Outcome("refused" if 500 <= code < 600 else "waiting", _said(code, text))


def _said(code: int, text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {clean(plain, 200)}"  # it goes into log and ledger


def _remedy(fault: smtplib.SMTPResponseException) -> str:
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return "; are mail.username and its password right?"
    if isinstance(fault, smtplib.SMTPSenderRefused):
        return "; may mail.sender send from here?"
    return ""


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; a server that is gone does not mind."""
    with contextlib.suppress(OSError):
        server.quit()
    server.close()
