"""Alarms by mail: all in one, none in the quiet hours, none lost, none twice."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.integration.scheduler.mail.conftest import Office, begins, ends


@pytest.fixture
def office(office: Office) -> Office:
    office.set(alarm_mail=("ops@desk.test", "night@desk.test"))
    return office


def subjects(office: Office) -> list[str]:
    return [str(mail["Subject"]) for mail in office.host.got]


async def test_alarms_come_in_one_mail_and_their_ends_in_another(office: Office) -> None:
    await office.step()
    await begins(office, "bay", "post")
    await office.step()
    assert subjects(office) == ["Dateline: 2 alarms"]
    assert office.host.recipients == [["ops@desk.test", "night@desk.test"]]
    await ends(office, "bay")
    await begins(office, "gazette")
    await office.step(5)
    assert len(office.host.got) == 1, "no more than one mail in fifteen minutes"
    await office.step(10)
    await office.step(60)
    assert subjects(office)[1:] == ["Dateline: 1 alarm: gazette (quiet); 1 ended"]


async def test_an_operator_may_get_severe_alarms_only(office: Office) -> None:
    office.set(alarm_mail=("ops@desk.test", "boss@desk.test critical", "desk@desk.test warning"))
    await office.box.add_alarm_recipient("boss2@desk.test", "critical", now=office.at)
    await begins(office, "bay", "post")
    await office.execute(
        "UPDATE dateline.alarm SET severity = 'critical' WHERE id = (SELECT min(id) FROM dateline.alarm)"
    )
    await begins(office, "gazette")
    await office.execute(
        "UPDATE dateline.alarm SET severity = 'notice' WHERE id = (SELECT max(id) FROM dateline.alarm)"
    )
    await office.step()
    await office.step(20)
    assert dict(zip(map(tuple, office.host.recipients), subjects(office), strict=True)) == {
        ("ops@desk.test",): "Dateline: 3 alarms",
        ("desk@desk.test",): "Dateline: 2 alarms",
        ("boss@desk.test", "boss2@desk.test"): "Dateline: 1 alarm: bay (quiet)",
    }
    await ends(office, "bay")
    office.set(alarm_mail=("boss@desk.test critical",))
    await office.step(20)
    assert subjects(office)[3:] == ["Dateline: 1 ended"]


async def test_what_had_ended_before_mail_was_set_up_is_not_mailed(office: Office) -> None:
    await begins(office, "bay", "post")
    await ends(office, "bay")
    office.at += dt.timedelta(minutes=1)
    await office.step()
    assert subjects(office) == ["Dateline: 1 alarm: post (quiet)"]


async def test_quiet_hours_hold_alarms_back_and_lose_none(office: Office) -> None:
    office.set(alarm_quiet_hours="22:00-07:00", mail_time_zone="Asia/Tokyo")
    await office.step((13 - 12) * 60 + 5)  # 13:05 UTC is 22:05 in Tokyo
    await begins(office, "bay", "post")
    await office.step(60)
    await ends(office, "bay")
    await office.step(60)
    assert office.host.got == []
    await office.step(7 * 60)
    assert subjects(office) == ["Dateline: 1 alarm: post (quiet); 1 ended"]
    assert "until 2026-05-04 14:05 UTC" in office.host.texts()[0]


async def test_an_outage_of_hours_ends_with_one_mail(office: Office) -> None:
    await office.step()
    office.set(mail_server="localhost:1")
    for hour in range(5):
        await begins(office, f"paper{hour}")
        await office.step(60)
    office.set(mail_server=office.host.place)
    await office.step(60)
    await office.step(60)
    assert subjects(office) == ["Dateline: 5 alarms"]


async def test_a_mail_whose_answer_was_lost_is_sent_again_under_its_id(office: Office) -> None:
    await begins(office, "bay")
    office.host.to_data = lambda mail: "hang up"
    await office.step()
    await begins(office, "post")
    office.host.to_data = lambda mail: None
    await office.step(60)
    await office.step(60)
    first, again, other = office.host.got
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert office.host.texts()[0] == office.host.texts()[1]
    assert "post" in office.host.texts()[2]


async def test_a_refused_operator_does_not_keep_mail_from_the_others(office: Office) -> None:
    office.host.to_rcpt = lambda address: "550 no such user" if address.startswith("night") else None
    await begins(office, "bay", sentence="<b>It</b> names\r\nnothing")
    await office.step()
    await office.step(60)
    assert office.host.recipients == [["ops@desk.test"]]
    page = office.host.got[0].get_body(("html",))
    assert page is not None
    assert "&lt;b&gt;It" in page.get_content()


async def test_addresses_from_the_console_get_alarms_too(office: Office) -> None:
    """Also where the setting names none."""
    office.set(alarm_mail=())
    await office.box.add_alarm_recipient("desk@desk.test", "critical", now=office.at)
    await office.box.add_alarm_recipient("desk@desk.test", "notice", now=office.at)
    await office.step()
    await begins(office, "bay")
    await office.step()
    assert office.host.recipients == [["desk@desk.test"]]
    assert await office.box.remove_alarm_recipient("desk@desk.test")
    await begins(office, "post")
    await office.step(60)
    assert len(office.host.got) == 1
