"""The connection to the mail server: encrypted, checked, logged in, and the password appears nowhere."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import socket
import ssl
import threading
import time
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization

from dateline.config import Settings
from scheduler.mail.compose import plain
from scheduler.mail.sender import envelope_of, send_test_mail
from scheduler.mail.smtp import MailOutcome, MailServer
from tests.integration.conftest import NOW
from tests.integration.crawler.fetch.test_trust import PEM, Signed, issue
from tests.integration.scheduler.mail.conftest import Office
from tests.integration.support.mail_server import mail_host

CANARY = "c4nary-Passw0rt"


def tls_context(folder: Path, certificate: Signed) -> ssl.SSLContext:
    (folder / "server.pem").write_text(certificate.pem)
    key = certificate.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "key.pem")
    return context


def sent(settings: Settings) -> MailOutcome:
    return send_test_mail(settings, ["ada@desk.test"])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_is_used_if_its_certificate_holds_and_not_otherwise(security: str, tmp_path: Path) -> None:
    context = tls_context(tmp_path, issue("localhost"))
    mail = Settings(
        data_dir=tmp_path, mail_security=security, mail_from="news@desk.test", mail_user="news", mail_password=CANARY
    )
    offers = {"starttls": context} if security == "starttls" else {"tls": context}
    with mail_host(**offers, password=CANARY) as host:  # type: ignore[arg-type]
        mail = dataclasses.replace(mail, mail_server=host.place)
        stranger = sent(mail)
        assert (stranger.state, stranger.is_server_down, host.logins) == ("not_sent", True, [])
        assert "certificate" in stranger.detail.lower()
        assert sent(dataclasses.replace(mail, mail_ca_file=str(tmp_path / "server.pem"))).state == "sent"
        assert host.logins == [(b"news", CANARY.encode())]


def test_a_server_without_starttls_gets_neither_password_nor_mail(tmp_path: Path) -> None:
    with mail_host(password=CANARY) as host:
        settings = Settings(
            data_dir=tmp_path,
            mail_server=host.place,
            mail_from="news@desk.test",
            mail_user="news",
            mail_password=CANARY,
        )
        assert sent(settings).state == "not_sent"
        assert (host.logins, host.got) == ([], [])


def test_a_login_may_have_any_letters(tmp_path: Path) -> None:
    with mail_host(password="Fähre €") as host:
        mail = Settings(
            data_dir=tmp_path,
            mail_server=host.place,
            mail_security="none",
            mail_from="news@desk.test",
            mail_user="Möwe",
        )
        assert sent(dataclasses.replace(mail, mail_password="Fähre €")).state == "sent"
        refused = sent(dataclasses.replace(mail, mail_password="Fahre €"))
        assert (refused.state, refused.detail.partition(": 535")[1]) == ("not_sent", ": 535")
        assert host.logins[0] == ("Möwe".encode(), "Fähre €".encode())


async def test_the_password_is_in_no_message_log_or_table_even_if_the_server_repeats_it(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    with mail_host(password="another") as host:
        office.set(mail_server=host.place, mail_user="news", mail_password=CANARY)
        await office.watch("ada@desk.test")
        await office.put("gull")
        await office.step()
        assert host.logins
    problems = str(await office.problems())
    assert "535 no: ***" in problems
    logged = "".join(capfd.readouterr())
    assert "535 no" in logged
    coded = [base64.b64encode(one.encode()).decode() for one in (CANARY, f"\0news\0{CANARY}")]
    for text in (problems, logged, repr(office.sender.__dict__), repr(office.watches)):
        assert not any(secret in text for secret in (CANARY, *coded))


async def test_a_server_that_hangs_up_in_any_stage_loses_nothing(office: Office) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull")
    office.host.to_rcpt = lambda address: "421 4.3.2 going down"
    await office.step()
    assert "421" in str(await office.problems())
    office.host.to_rcpt = lambda address: None
    await office.step(60)
    assert len(office.host.got) == 1


def test_a_server_may_refuse_one_size_hang_up_between_mails_and_take_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither keeps other mail waiting, and a mail that was taken slowly is not sent again."""
    monkeypatch.setattr("scheduler.mail.smtp.TIMEOUT_S", 0.5)
    with mail_host() as host:
        mail = Settings(data_dir=tmp_path, mail_server=host.place, mail_security="none", mail_from="news@desk.test")
        line, letter = MailServer(mail), plain(envelope_of(mail, ["ada@desk.test"], uuid4(), NOW))
        host.to_data = lambda message: time.sleep(1)
        assert line.send(letter, ["ada@desk.test"]).state == "sent"
        host.to_data = lambda message: None
        assert line._line is not None and line._line.sock is not None
        line._line.sock.shutdown(socket.SHUT_RDWR)  # as a server does that takes one message a connection
        assert line.send(letter, ["ada@desk.test"]).state == "sent"
        large = EmailMessage()
        large.set_content("x" * 34_000_000)
        refused = line.send(large, ["ada@desk.test"])
        assert (refused.state, refused.is_refused, refused.is_server_down) == ("not_sent", True, False)
        assert refused.is_too_large
        assert line.send(letter, ["ada@desk.test"]).state == "sent"
        line.close()


def test_what_is_wrong_with_the_server_is_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"127.0.0.1:{closed.getsockname()[1]}"
    mail = Settings(data_dir=tmp_path, mail_server=nowhere, mail_security="none", mail_from="news@desk.test")
    said = [sent(mail).detail, sent(dataclasses.replace(mail, mail_server="no-such-host.invalid")).detail]
    with mail_host() as plain:
        tls = dataclasses.replace(mail, mail_server=plain.place, mail_security="tls")
        said += [sent(tls).detail, sent(dataclasses.replace(tls, mail_security="starttls")).detail]
    assert [one.partition("; ")[0].rpartition(": ")[2].partition(" (")[0] for one in said] == [
        "nothing listens there", "this name is not known", "no TLS as mail_security = tls expects it",
        "it does not offer what the settings ask for",
    ]  # fmt: skip
    assert not any("Error" in one or "Errno" in one or "[SSL" in one for one in said)


async def test_a_stop_does_not_wait_for_a_server_that_is_silent(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        office.set(mail_server=f"127.0.0.1:{silent.getsockname()[1]}")
        await office.watch("ada@desk.test")
        await office.put("gull")
        began = time.monotonic()
        step = asyncio.create_task(office.sender.step())
        silent.setblocking(False)
        line, _ = await asyncio.get_running_loop().sock_accept(silent)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert time.monotonic() - began < 5
        [waiting] = [one for one in threading.enumerate() if one.name == "mail"]
        assert waiting.daemon, "the end of the process would wait for it"
        line.close()
        waiting.join(10)
    office.set(mail_server=office.host.place)
    await office.step(minutes=4)
    assert len(office.host.got) == 1
