"""Alarms by webhook: all in one message, signed, sent again under its id until it is taken, none lost."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.politeness.resolve import SystemLookup
from dateline.cli import cli
from scheduler.alerts.alarm_webhook import AlarmPoster
from scheduler.alerts.http_post import make_poster
from tests.integration.scheduler.mail.conftest import Office, begins, ends
from tests.integration.support.receiver import Received, Receiver, receiving

DOC = Path("docs/how-to/receive-alerts.md")
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def office(office: Office, receiver: Receiver) -> Office:
    office.set(allow_networks=("127.0.0.0/8",), alarm_webhook=receiver.url, alarm_webhook_secret=SECRET)
    return office


async def step(office: Office, minutes: float = 0) -> None:
    """As a service that has just been started does."""
    office.at += dt.timedelta(minutes=minutes)
    lookup = SystemLookup()
    await AlarmPoster(office.settings, office.desk.pool, make_poster(office.settings, lookup), office.now).step()
    lookup.close()


def headlines(receiver: Receiver) -> list[str]:
    return [json.loads(one.body)["data"]["headline"] for one in receiver.got]


async def test_alarms_come_in_one_signed_message_and_their_ends_in_another(office: Office, receiver: Receiver) -> None:
    await begins(office, "bay", "post")
    await step(office)
    first = receiver.got[0]
    said = json.loads(first.body)
    assert (said["type"], said["data"]["headline"]) == ("alarms.changed", "2 alarms")
    _of_watches, shown = re.findall(r"```json\n(.*?)```", DOC.read_text(), re.DOTALL)
    assert said["data"].keys() == json.loads(shown)["data"].keys()
    assert said["data"]["started"][0].keys() == json.loads(shown)["data"]["started"][0].keys()
    assert {one["source"] for one in said["data"]["started"]} == {"bay", "post"}
    signed = f"{first.id}.{first.headers['webhook-timestamp']}.".encode() + first.body
    digest = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert first.headers["webhook-signature"] == f"v1,{digest}"
    await ends(office, "bay")
    await begins(office, "gazette")
    await step(office, 5)
    assert len(receiver.got) == 1, "no more than one message in fifteen minutes"
    await step(office, 10)
    await step(office, 60)
    assert headlines(receiver)[1:] == ["1 alarm: gazette (quiet); 1 ended"]


async def test_mail_and_webhook_each_tell_all(office: Office, receiver: Receiver) -> None:
    office.set(alarm_mail=("ops@desk.test",))
    await begins(office, "bay")
    await office.watch("ada@desk.test")
    await office.execute("UPDATE dateline.watch_mail SET is_refused = true, problem = '550 no such user'")
    await office.step()
    await step(office)
    assert headlines(receiver) == ["1 alarm: bay (quiet); 1 refused address"]
    assert [str(mail["Subject"]) for mail in office.host.got] == [f"Dateline: {one}" for one in headlines(receiver)]
    assert b"ada@desk.test" in receiver.got[0].body


async def test_what_had_ended_before_the_webhook_was_set_is_not_sent(office: Office, receiver: Receiver) -> None:
    await step(office)
    url = office.settings.alarm_webhook
    office.set(alarm_webhook="")
    await step(office)
    await begins(office, "bay", "post")
    await ends(office, "bay")
    office.set(alarm_webhook=url, alarm_quiet_hours="11:00-13:00")
    await step(office, 1)
    assert receiver.got == []
    await step(office, 120)
    assert headlines(receiver) == ["1 alarm: post (quiet)"]


async def test_an_outage_of_hours_ends_with_one_message(office: Office, receiver: Receiver) -> None:
    url = office.settings.alarm_webhook
    office.set(alarm_webhook="http://127.0.0.1:1/hook")
    for hour in range(10):
        await begins(office, f"paper{hour}")
        await step(office, 60)
    office.set(alarm_webhook=url)
    await step(office, 15)
    await step(office, 60)
    assert headlines(receiver) == ["10 alarms"]


async def test_a_message_that_may_have_been_taken_is_sent_again_as_it_was(office: Office, receiver: Receiver) -> None:
    await begins(office, "bay")
    answers: list[tuple[int, dict[str, str]] | None] = [None, (502, {}), (204, {}), (204, {})]
    receiver.answer = lambda received: answers.pop(0)
    await step(office)
    await begins(office, "post")
    await step(office, 60)
    await step(office, 60)
    await step(office, 60)
    first, again, third, other = receiver.got
    assert first.id == again.id == third.id != other.id
    assert first.body == again.body == third.body
    assert headlines(receiver)[3] == "1 alarm: post (quiet)"


async def test_retry_after_is_obeyed_and_what_was_refused_goes_into_the_next(
    office: Office, receiver: Receiver
) -> None:
    await begins(office, "bay")
    receiver.answer = lambda received: (429, {"Retry-After": "3600"})
    await step(office)
    await begins(office, "post")
    receiver.answer = lambda received: (204, {})
    await step(office, 59)
    assert len(receiver.got) == 1
    await step(office, 1)
    assert headlines(receiver) == ["1 alarm: bay (quiet)", "2 alarms"]


async def test_further_webhooks_get_alarms_from_their_severity_on_in_their_form(
    office: Office, receiver: Receiver
) -> None:
    port = receiver.port
    office.set(alarm_webhooks=(f"http://127.0.0.1:{port}/ops critical slack", f"http://127.0.0.1:{port}/all"))
    await begins(office, "bay", "post")
    await office.execute(
        "UPDATE dateline.alarm SET severity = 'critical' WHERE id = (SELECT min(id) FROM dateline.alarm)"
    )
    await step(office)
    got = {one.path.partition("?")[0]: one for one in receiver.got}
    assert got.keys() == {"/hook", "/ops", "/all"}
    assert (
        json.loads(got["/hook"].body)["data"]["headline"]
        == json.loads(got["/all"].body)["data"]["headline"]
        == "2 alarms"
    )
    assert b"1 alarm: bay" in got["/ops"].body and b"blocks" in got["/ops"].body
    assert len({one.id for one in receiver.got}) == 3
    await ends(office, "bay")
    await ends(office, "post")
    await step(office, 20)
    await step(office, 60)
    assert [one.path for one in receiver.got].count("/ops") == 2
    assert len(receiver.got) == 6
    office.set(alarm_webhooks=())
    await step(office)
    async with office.desk.pool.connection() as conn:
        assert await (await conn.execute("SELECT FROM dateline.alarm_hook")).fetchall() == []


async def test_a_webhook_that_is_down_holds_back_no_other_and_gets_all_in_one(
    office: Office, receiver: Receiver
) -> None:
    port = receiver.port
    office.set(alarm_webhook="", alarm_webhooks=(f"http://127.0.0.1:{port}/down", f"http://127.0.0.1:{port}/up"))
    is_down = True
    receiver.answer = lambda one: (503 if is_down and one.path == "/down" else 204, {})
    for hour in range(3):
        await begins(office, f"paper{hour}")
        await step(office, 60)
    assert [one.path for one in receiver.got].count("/up") == 3
    tries = [one for one in receiver.got if one.path == "/down"]
    assert len({(one.id, one.body) for one in tries}) == 1, "a message that may have been taken stays as it is"
    is_down = False
    await step(office, 60)
    await step(office, 60)
    last = json.loads([one for one in receiver.got if one.path == "/down"][-1].body)
    assert last["data"]["headline"] == "2 alarms"


STEP = """
import asyncio, sys
from crawler.politeness.resolve import SystemLookup
from dateline.config import Settings
from scheduler.alerts.alarm_webhook import AlarmPoster
from scheduler.alerts.http_post import make_poster
from sql.database import open_pool
async def main():
    settings = Settings(alarm_webhook=sys.argv[2], allow_networks=("127.0.0.0/8",))
    async with open_pool(sys.argv[1]) as pool:
        await AlarmPoster(settings, pool, make_poster(settings, SystemLookup())).step()
asyncio.run(main())
"""


async def test_kill_9_loses_nothing_and_doubles_only_under_one_id(
    office: Office, receiver: Receiver, database: str
) -> None:
    office.at = dt.datetime.now(dt.UTC)
    await begins(office, "bay", "post")
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", STEP, database, receiver.url)

    def kill(received: Received) -> None:
        victim.kill()

    receiver.answer = kill
    assert await victim.wait() == -9
    receiver.answer = lambda received: (204, {})
    office.at = dt.datetime.now(dt.UTC)
    await step(office)
    assert len(receiver.got) == 1, "the message is still the killed sender's"
    await step(office, 1)
    await step(office, 60)
    first, again = receiver.got
    assert (first.id, first.body) == (again.id, again.body)
    assert headlines(receiver) == ["2 alarms"] * 2


@pytest.mark.parametrize("service", ["slack", "teams", "discord", "ntfy"])
async def test_chat_services_get_many_alarms_in_their_own_form(
    service: str, office: Office, receiver: Receiver
) -> None:
    place = receiver.url.replace("/hook?token=t0p", "/desk-alarms")
    office.set(alarm_webhook=place, alarm_webhook_template=service, alarm_webhook_secret="")
    await begins(
        office, *(f"paper{n:02}" for n in range(40)), sentence="@everyone *It* names\r\nnothing " + "new " * 30
    )
    await step(office)
    body = receiver.got[0].body.decode()
    assert "40 alarms" in body
    assert "paper00" in body
    assert "more" in body
    assert "paper39" not in body
    assert "webhook-signature" not in receiver.got[0].headers


def test_the_test_command_says_what_the_receiver_answered(
    receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    given = {"DATELINE_ALLOW_NETWORKS": "127.0.0.0/8", "DATELINE_ALARM_WEBHOOK": receiver.url}

    def run(**more: str) -> tuple[int, str]:
        words = ["--data-dir", str(folder), "config", "test-webhook"]
        done = CliRunner().invoke(cli, words, env=given | more)
        return done.exit_code, done.output or str(done.exception)

    port = receiver.port
    assert run(DATELINE_ALARM_WEBHOOK_SECRET=SECRET) == (0, f"accepted by http://127.0.0.1:{port}/… (HTTP 204)\n")
    assert json.loads(receiver.got[0].body)["type"] == "alarms.test"
    assert run(DATELINE_ALARM_WEBHOOK_TEMPLATE="slack")[0] == 0
    assert "blocks" in json.loads(receiver.got[1].body)
    assert run(DATELINE_ALARM_WEBHOOK=receiver.url.replace("hook", "крюк"))[0] == 0
    assert receiver.got[2].path == "/%D0%BA%D1%80%D1%8E%D0%BA?token=t0p"
    receiver.answer = lambda received: (403, {})
    code, said = run()
    assert code == 1
    assert f"http://127.0.0.1:{port}/… did not accept the test message: HTTP 403" in said
    assert "t0p" not in said
    assert "not a public address" in run(DATELINE_ALLOW_NETWORKS="", DATELINE_ALLOWED_PORTS=str(port))[1]
    assert "alarm_webhook can't be used" in run(DATELINE_ALARM_WEBHOOK="https://desk.test/a b")[1]
    assert run(DATELINE_ALARM_WEBHOOK="") == (1, "Set alarm_webhook first")
    receiver.answer = lambda received: (204, {})
    code, said = run(DATELINE_ALARM_WEBHOOK="https://10.1.2.3/hook", DATELINE_ALARM_WEBHOOKS=receiver.url)
    assert (code, said.count("accepted by")) == (1, 1), (
        "one that can't be asked does not keep the next from its message"
    )
    receiver.answer = lambda received: (403 if received.path == "/shut" else 204, {})
    code, said = run(DATELINE_ALARM_WEBHOOKS=f"http://127.0.0.1:{port}/open, http://127.0.0.1:{port}/shut discord")
    assert (code, said.count("accepted by")) == (1, 2)
