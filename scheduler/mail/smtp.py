"""One connection to the mail server (RFC 5321), and what came of each message.

smtplib in a thread, and not aiosmtplib: the standard library does all that is needed here, and one more package would only
spare the thread.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Literal

from dateline.config import Settings
from dateline.errors import UsageError
from dateline.mail_address import sender

TIMEOUT_S, TAKEN_S = 20.0, 150.0
"""For each answer of the server; for that to a text, which a server may look through first (RFC 5321, 4.5.3.2.6)."""
TOO_LARGE = 552
"""At a server that names its SIZE, before the text is sent: it refuses this message, and takes others."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """What came of an attempt. `unknown`: the message went out and the server's answer did not arrive."""

    state: Literal["sent", "not_sent", "unknown"]
    detail: str = ""
    is_server_down: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    is_refused: bool = False
    is_too_large: bool = False


class _Line(smtplib.SMTP):
    """A connection that knows whether a text may have gone out over it, and waits longer for the answer to one."""

    has_text = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the text."""
        self.has_text = True
        assert self.sock is not None
        self.sock.settimeout(TAKEN_S)
        code, said = super().data(msg)
        self.sock.settimeout(TIMEOUT_S)
        return code, said


class _TlsLine(_Line, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


class MailServer:
    """The server of the settings. Its methods block: call them in a thread. A connection serves several messages."""

    def __init__(self, settings: Settings) -> None:
        host, _, port = (
            settings.mail_server.rpartition(":") if _has_port(settings.mail_server) else (settings.mail_server, "", "")
        )
        self._host, self._port = host.strip("[]"), int(port or PORTS[settings.mail_security])
        self._security, self._user, self._password = settings.mail_security, settings.mail_user, settings.mail_password
        self._ca_file, self._sender = settings.mail_ca_file or None, sender(settings.mail_from).addr_spec
        self._line: _Line | None = None

    def send(self, message: EmailMessage, recipients: Sequence[str]) -> MailOutcome:
        """Hand a message over; what goes wrong is a MailOutcome too. If the server hung up, it is called again."""
        is_used = self._line is not None
        outcome = self._sent(message, recipients)
        if is_used and outcome.is_server_down and outcome.state == "not_sent":
            outcome = self._sent(message, recipients)
        return outcome

    def _sent(self, message: EmailMessage, recipients: Sequence[str]) -> MailOutcome:
        try:
            line = self._line = self._line or self._connected()
            line.has_text = False
        except (OSError, smtplib.SMTPException) as error:
            return self._failed("not_sent", error)
        try:
            refused = line.sendmail(self._sender, list(recipients), message.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            return self._refused(error.recipients)
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == TOO_LARGE:
                return MailOutcome("not_sent", self._said(error), is_refused=True, is_too_large=True)
            return self._failed("not_sent", error)
        except smtplib.SMTPDataError as error:  # it answered: it has not taken the message
            self._after(error.smtp_code)
            said, is_final = self._said(error), error.smtp_code >= 500
            return MailOutcome("not_sent", said, is_refused=is_final, is_too_large=is_final and _is_about_size(said))
        except (OSError, smtplib.SMTPException) as error:
            return self._failed("unknown" if line.has_text else "not_sent", error)
        return MailOutcome("sent", refused={one: self._answer(*why) for one, why in refused.items()})

    def close(self) -> None:
        """Take leave, if a connection is open; a server that is gone is none."""
        line, self._line = self._line, None
        if line is not None:
            try:
                line.quit()
            except (OSError, smtplib.SMTPException):
                line.close()

    def _connected(self) -> _Line:
        context = ssl.create_default_context(cafile=self._ca_file) if self._security != "none" else None
        if self._security == "tls":
            line: _Line = _TlsLine(self._host, self._port, timeout=TIMEOUT_S, context=context)
        else:
            line = _Line(self._host, self._port, timeout=TIMEOUT_S)
        try:
            if self._security == "starttls":
                line.starttls(context=context)
            if self._user:
                self._log_in(line)
        except BaseException:
            line.close()
            raise
        return line

    def _log_in(self, line: smtplib.SMTP) -> None:
        if f"{self._user}{self._password}".isascii():
            line.login(self._user, self._password)
            return
        # smtplib encodes as ASCII; AUTH PLAIN takes UTF-8 (RFC 4616)
        line.ehlo_or_helo_if_needed()
        if "PLAIN" not in line.esmtp_features.get("auth", "").upper().split():
            raise smtplib.SMTPNotSupportedError("AUTH PLAIN, for a login with other letters than ASCII")
        code, said = line.docmd("AUTH", f"PLAIN {_base64(self._plain)}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)

    @property
    def _plain(self) -> str:
        return f"\0{self._user}\0{self._password}"

    def _refused(self, recipients: dict[str, tuple[int, bytes]]) -> MailOutcome:
        self._after(max(code for code, _ in recipients.values()) if recipients else 421)
        said = {one: self._answer(*why) for one, why in recipients.items()}
        is_final = all(code >= 500 for code, _ in recipients.values())
        return MailOutcome("not_sent", "; ".join(said.values()), refused=said, is_refused=is_final)

    def _after(self, code: int) -> None:
        """The server may have hung up with its answer (421)."""
        if code == 421 or (self._line is not None and self._line.sock is None):
            self._line = None

    def _failed(self, state: Literal["not_sent", "unknown"], error: Exception) -> MailOutcome:
        line, self._line = self._line, None
        if line is not None:
            line.close()
        return MailOutcome(state, f"{self._host}:{self._port}: {self._said(error)}", is_server_down=True)

    def _said(self, error: Exception) -> str:
        """The error in one line."""
        if isinstance(error, smtplib.SMTPResponseException):
            return self._answer(error.smtp_code, error.smtp_error)
        return self._clean(_in_words(error, self._security))

    def _answer(self, code: int, said: bytes | str) -> str:
        return self._clean(f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}")

    def _clean(self, text: str) -> str:
        """One line, and without the password if the server repeats what it was sent."""
        for secret in self._secrets():
            text = text.replace(secret, "***")
        return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]

    def _secrets(self) -> list[str]:
        """The password as it is, and as AUTH LOGIN and AUTH PLAIN send it."""
        if not self._password:
            return []
        return [_base64(self._plain), _base64(self._password), self._password]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _in_words(error: Exception, security: str) -> str:
    """What went wrong, and where to look."""
    match error:
        case socket.gaierror():
            return "this name is not known; check mail_server"
        case ConnectionRefusedError():
            return "nothing listens there; check host and port in mail_server"
        case TimeoutError():
            return f"no answer within {TIMEOUT_S:.0f} s; check mail_server, and whether a firewall is between"
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not accepted ({error.verify_message}); check the host's name, or set mail_ca_file"
            )
        case ssl.SSLError():
            return f"no TLS as mail_security = {security} expects it; starttls (587) and tls (465) are different ports"
        case smtplib.SMTPNotSupportedError():
            return f"it does not offer what the settings ask for ({error}); check mail_security and mail_user"
        case smtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return f"it hung up; check that the port speaks what mail_security = {security} expects"
        case OSError(strerror=str() as why):
            return why
        case _:
            return str(error)


def _is_about_size(said: str) -> bool:
    """Whether the answer to a text is about its length (RFC 1870; RFC 3463, 3.4), not about a full mailbox (x.2.2)."""
    return "5.3.4" in said or "5.2.3" in said or (said.startswith(str(TOO_LARGE)) and "5.2.2" not in said)


def _has_port(server: str) -> bool:
    return server.rpartition(":")[2].isdigit() and (server.startswith("[") or server.count(":") == 1)


def require_mail(settings: Settings) -> None:
    """A UsageError if mail is not set up."""
    missing = [name for name in ("mail_server", "mail_from") if not getattr(settings, name)]
    if missing:
        raise UsageError(
            f"Mail is not set up: set {' and '.join(missing)}", advice="`dateline config show` explains each"
        )
