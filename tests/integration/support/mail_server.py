"""An SMTP server on loopback: keeps the mail that it takes, and refuses or hangs up as the test says."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Said = str | None


@dataclass
class MailHost:
    """A running one. `to_rcpt` and `to_data` give its answer; None is the usual one (250)."""

    port: int
    got: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    sessions: int = 0
    to_rcpt: Callable[[str], Said] = lambda address: None
    to_data: Callable[[EmailMessage], Said] = lambda message: None

    @property
    def place(self) -> str:
        """Its host and port, as the setting mail_server has it."""
        return f"localhost:{self.port}"

    def ids(self) -> list[str]:
        """The Message-IDs of what came, in order."""
        return [str(one["Message-ID"]) for one in self.got]

    def texts(self) -> list[str]:
        """The plain texts of what came, in order."""
        return [body.get_content() for one in self.got if (body := one.get_body(("plain",)))]


class _Handler:
    def __init__(self, host: MailHost) -> None:
        self.host = host

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.host.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        said = self.host.to_rcpt(address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        said = self.host.to_data(message)
        if said == "hang up":  # it has taken the mail, and its answer is lost
            said = None
            assert server.transport is not None
            server.transport.abort()
        if said is None:
            self.host.got.append(message)
            self.host.recipients.append(list(envelope.rcpt_tos))
        return said or "250 taken"


@contextmanager
def mail_host(
    *, port: int = 0, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, password: str = ""
) -> Iterator[MailHost]:
    """A server that runs until the end of the block, with STARTTLS or TLS, and a login if a password is given."""
    host = MailHost(port)
    loop = asyncio.new_event_loop()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        host.logins.append((data.login, data.password))
        is_right = data.password == password.encode()
        return AuthResult(
            success=is_right,
            handled=is_right or mechanism == "",
            message=None if is_right else f"535 no: {data.password.decode('ascii', 'backslashreplace')}",
        )

    def session() -> SMTP:
        login: dict[str, Any] = {"authenticator": authenticate} if password else {}
        return SMTP(
            _Handler(host), hostname="mail.test", loop=loop, tls_context=starttls, require_starttls=starttls is not None,
            auth_require_tls=False, decode_data=False, **login,
        )  # fmt: skip

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = loop.create_server(session, "127.0.0.1", port, ssl=tls)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result()
    host.port = server.sockets[0].getsockname()[1]

    async def end() -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        loop.call_soon(loop.stop)

    try:
        yield host
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop)
        thread.join()
        loop.close()
