"""Digests: each article at least once, one mail after an outage, refused recipients alone, one Message-ID per mail."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import sys
from functools import partial

import pytest

from sql.watches import mail as door
from tests.integration.scheduler.mail.conftest import Office

HOUR = 60.0


async def test_a_match_is_mailed_with_all_that_mail_programs_need(office: Office) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull")
    await office.step()
    (mail,) = office.host.got
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "News <news@desk.test>",
        "ada@desk.test",
        "pier: Pier to be rebuilt",
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == office.at
    assert mail["Message-ID"].endswith("@desk.test>")
    assert mail["List-Unsubscribe"] == "<mailto:news@desk.test?subject=unsubscribe%20pier>"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and page is not None
    for body in (text.get_content(), page.get_content()):
        assert "https://bay.test/gull" in body
        assert "news@desk.test" in body
    await office.step(HOUR)
    assert len(office.host.got) == 1


async def test_long_headers_are_no_encoded_words_and_a_title_cannot_be_one(office: Office) -> None:
    office.set(contact=f"{'desk-' * 8}x@{'news-' * 8}x.test")
    await office.watch("ada@desk.test", name="pier-" * 10 + "x")
    await office.put("gull", title="=?utf-8?q?Free_money?=")
    await office.step()
    mail = office.host.got[0]
    raw = mail.as_bytes(policy=mail.policy.clone(refold_source="none")).decode()
    assert f"List-Unsubscribe: <mailto:{office.settings.contact}?subject=unsubscribe%20pier-" in raw
    assert "List-Id: <pier-pier-" in raw
    assert mail["Subject"].endswith("= ?utf-8?q?Free_money?=")


async def test_matches_at_once_are_grouped_within_five_minutes(office: Office) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull")
    await office.step()
    await office.put("tern", "skua")
    await office.step(1)
    assert len(office.host.got) == 1
    await office.step(4)
    assert [mail["Subject"] for mail in office.host.got][1:] == ["pier: 2 new articles"]


@pytest.mark.parametrize(("every", "at"), [("hour", dt.time(13)), ("day", dt.time(6, 30))])
async def test_digests_go_out_at_their_time(office: Office, every: str, at: dt.time) -> None:
    office.set(mail_digest_at="08:30", mail_time_zone="Europe/Madrid")
    await office.watch("ada@desk.test", every=every)
    await office.put("gull", "tern")  # at 12:00 UTC
    due = dt.datetime.combine(office.at.date() + dt.timedelta(days=every == "day"), at, dt.UTC)
    await office.step((due - office.at).total_seconds() / 60 - 1)
    assert office.host.got == []
    await office.step(1)
    assert len(office.host.got) == 1


async def test_after_an_outage_of_hours_there_is_one_digest(office: Office) -> None:
    await office.watch("ada@desk.test", "bo@desk.test")
    office.set(mail_server="localhost:1")
    for hour in range(6):
        await office.put(f"gull{hour}", f"tern{hour}")
        await office.step(HOUR)
    assert "localhost:1" in str((await office.problems())["ada@desk.test"])
    office.set(mail_server=office.host.place)
    await office.step(HOUR)
    assert [mail["Subject"] for mail in office.host.got] == ["pier: 12 new articles"] * 2
    assert await office.problems() == {"ada@desk.test": None, "bo@desk.test": None}


async def test_a_server_that_is_down_is_asked_by_one_mail_alone(office: Office) -> None:
    for number in range(5):
        await office.watch(f"a{number}@desk.test", name=f"w{number}")
    await office.put("gull")
    office.set(mail_server="localhost:1")
    await office.step()
    assert sum(said is not None for said in (await office.problems()).values()) == 1


async def test_a_refused_recipient_blocks_nobody_and_the_operator_is_notified_once(office: Office) -> None:
    office.host.to_rcpt = lambda address: "550 5.1.1 no such user" if address.startswith("bo") else None
    office.set(alarm_mail=("ops@desk.test",))
    await office.watch("bo@desk.test", "ada@desk.test")
    await office.put("gull")
    await office.step()
    assert office.host.recipients == [["ada@desk.test"]]
    assert await office.problems() == {"ada@desk.test": None, "bo@desk.test": "550 5.1.1 no such user"}
    for _ in range(6):
        await office.step(HOUR)
    assert office.host.recipients == [["ada@desk.test"], ["ops@desk.test"]]
    assert "bo@desk.test (pier): 550 5.1.1 no such user" in office.host.texts()[1]
    office.host.to_rcpt = lambda address: None
    await office.step(24 * HOUR)
    assert office.host.recipients[2:] == [["bo@desk.test"]]


@pytest.mark.parametrize("said", ["451 4.7.1 greylisted, come back", "552 5.3.4 too big"])
async def test_a_mail_that_the_server_does_not_take_is_sent_later_with_what_came_since(
    office: Office, said: str
) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull")
    refused: list[str] = []
    office.host.to_data = lambda mail: (refused.append(mail["Message-ID"]), said)[1]  # type: ignore[func-returns-value]
    await office.step()
    await office.put("tern")
    office.host.to_data = lambda mail: None
    await office.step(HOUR)
    assert office.host.got[0]["Subject"] == "pier: 2 new articles"
    assert office.host.ids() != refused


@pytest.mark.parametrize("said", ["552 5.3.4 too big", "554 5.3.4 message size exceeds limit", "552 message too large"])
async def test_a_digest_that_is_too_large_for_the_server_comes_in_parts(office: Office, said: str) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull", "tern", "skua", "ruff", "knot")
    office.host.to_data = lambda mail: (
        said if mail.get_body(("plain",)).get_content().count("https://bay.test/") > 2 else None
    )  # type: ignore[union-attr]
    for _ in range(4):
        await office.step(HOUR)
    named = [sorted(set(re.findall(r"bay\.test/(\w+)", text))) for text in office.host.texts()]
    assert len(named) > 1
    assert sorted(name for some in named for name in some) == ["gull", "knot", "ruff", "skua", "tern"]
    assert await office.problems() == {"ada@desk.test": None}


async def test_a_mail_whose_answer_was_lost_is_sent_again_as_it_was(office: Office) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull")
    office.host.to_data = lambda mail: "hang up"
    await office.step()
    await office.put("tern")
    office.host.to_data = lambda mail: None
    await office.step(HOUR)
    await office.step(HOUR)
    first, again, other = office.host.got
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert office.host.texts()[0] == office.host.texts()[1]
    assert "bay.test/tern" not in office.host.texts()[1]
    assert "bay.test/tern" in office.host.texts()[2]


async def test_more_than_a_mail_holds_goes_into_the_next(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.MailBox.claim, "__kwdefaults__", {"limit": 2})
    await office.watch("ada@desk.test", every="hour")
    await office.put("a1", "b2", "c3")
    await office.step(HOUR)
    await office.step()
    assert [mail["Subject"] for mail in office.host.got] == ["pier: 2 new articles", "pier: Pier to be rebuilt"]


async def test_articles_that_were_forgotten_are_not_mailed(office: Office) -> None:
    await office.watch("ada@desk.test", every="hour")
    await office.put("gull")
    await office.execute("DELETE FROM dateline.article")
    await office.step(HOUR)
    assert office.host.got == []


async def test_a_recipient_who_is_added_later_gets_what_matches_from_then_on(office: Office) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull")
    await office.box.subscribe("pier", "bo@desk.test", "match")
    await office.put("tern")
    await office.step()
    texts = dict(zip([to for (to,) in office.host.recipients], office.host.texts(), strict=True))
    assert "bay.test/gull" in texts["ada@desk.test"]
    assert "bay.test/gull" not in texts["bo@desk.test"]
    assert "bay.test/tern" in texts["bo@desk.test"]


@pytest.mark.parametrize(
    "title",
    [
        "Pier\r\nBcc: eve@evil.test\r\n\r\nhello",
        'Pier <script>alert(1)</script> & "quotes"',
        "Ünïcödé 渡し船が再開 🚢 " * 20,
        "=?utf-8?q?Bcc:=20eve@evil.test?=",
        "\u202eevil\u2028line\x00nul \ud800",
    ],
)
async def test_no_title_adds_a_header_or_an_element(office: Office, title: str) -> None:
    await office.watch("ada@desk.test")
    await office.put("gull", title=title)
    await office.step()
    (mail,) = office.host.got
    assert office.host.recipients == [["ada@desk.test"]]
    assert mail["Bcc"] is None
    assert set(mail.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "List-Unsubscribe", "List-Id", "X-Peer", "X-MailFrom", "X-RcptTo",
    }  # fmt: skip
    page = mail.get_body(("html",))
    assert page is not None
    assert "<script" not in page.get_content()
    assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())


SEND = """
import asyncio, sys
from pathlib import Path
from dateline.config import Settings
from scheduler.alerts.one_off import send_alerts_once
from sql.database import open_pool
async def main():
    settings = Settings(data_dir=Path(sys.argv[2]), mail_server=sys.argv[3], mail_security="none", mail_from="news@desk.test")
    async with open_pool(sys.argv[1]) as pool:
        await send_alerts_once(settings, pool)
asyncio.run(main())
"""


async def test_kill_9_loses_nothing_and_doubles_only_under_one_message_id(office: Office, database: str) -> None:
    """`make kill-mail` does it twenty times."""
    await kill_mid_digest(office, database, times=int(os.environ.get("MAIL_KILLS", "2")))


async def kill_mid_digest(office: Office, database: str, *, times: int) -> None:
    """Kill senders in turn before the server has the mail, while it has it, and after it said so; another sends it then."""
    await office.watch("ada@desk.test")
    for number in range(times):
        await office.put(f"gull{number}")
        words = [sys.executable, "-c", SEND, database, str(office.settings.data_dir), office.host.place]
        victim = await asyncio.create_subprocess_exec(*words)

        def kill(_: object, victim: asyncio.subprocess.Process = victim, said: str | None = None) -> str | None:
            victim.kill()
            return said

        stage = (number + 1) % 3
        office.host.to_rcpt = kill if stage == 0 else lambda address: None
        office.host.to_data = partial(kill, said="hang up" if stage == 1 else None)
        assert await victim.wait() == -9
        office.host.to_rcpt = office.host.to_data = lambda _: None
        await office.execute("UPDATE dateline.watch_mail SET next_attempt_at = NULL, last_sent_at = NULL")
        office.at = dt.datetime.now(dt.UTC)
        await office.step()
        await office.execute("UPDATE dateline.watch_mail SET last_sent_at = NULL")
    named = [set(re.findall(r"bay\.test/(gull\d+)", text)) for text in office.host.texts()]
    assert set().union(*named) == {f"gull{number}" for number in range(times)}
    assert len(named) > times, "no mail came twice: nothing was killed in time"
    one_mail = dict(zip(office.host.ids(), named, strict=True))
    assert all(one_mail[mail] == urls for mail, urls in zip(office.host.ids(), named, strict=True))
    assert sum(map(len, one_mail.values())) == times, "an article is in two different mails"
