"""Messages to chat services: no headline formats, mentions or breaks anything, and each fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dateline.config import Settings
from dateline.errors import UsageError
from scheduler.alerts.http_post import require_allowed
from scheduler.alerts.templates import TEMPLATES, body_of, check_template, note, post_url

HOOK = "https://push.test/base/harbour"
EVIL = "@everyone <!channel> <@U123> [click](https://evil.test) *bold* `code` ||spoiler|| #h\r\n<https://evil.test|here> @here"


def written(template: str, title: str = EVIL, summary: str = EVIL, url: str = "https://bay.test/a?b=1&c=<2>") -> Any:
    return json.loads(body_of(template, HOOK, note("pier", title, "pier · bay.test", summary, url)))


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    return [text for one in value for text in strings(one)] if isinstance(value, list) else [str(value)]


def test_slack_reads_no_markup_and_mentions_nobody() -> None:
    said = written("slack")
    assert "<" not in said["text"]
    assert "@everyone" not in said["text"]
    assert (said["mrkdwn"], [block["type"] for block in said["blocks"]]) == (False, ["rich_text"])
    kinds = {element["type"] for element in said["blocks"][0]["elements"][0]["elements"]}
    assert kinds <= {"text", "link"}
    assert said["blocks"][0]["elements"][0]["elements"][0]["url"] == "https://bay.test/a?b=1&c=<2>"


def test_discord_mentions_nobody_and_shows_marks_as_they_are() -> None:
    said = written("discord")
    assert said["allowed_mentions"] == {"parse": []}
    (embed,) = said["embeds"]
    assert "\\*bold\\*" in embed["title"]
    assert "\\[click\\]\\(" in embed["title"]
    assert not any("@everyone" in text or "@here" in text for text in strings(said))


def test_teams_shows_text_runs_that_are_not_read_as_markdown() -> None:
    content = written("teams")["attachments"][0]["content"]
    assert {block["type"] for block in content["body"]} == {"RichTextBlock"}
    assert content["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": "https://bay.test/a?b=1&c=<2>"}]


def test_ntfy_gets_its_topic_at_its_root() -> None:
    said = written("ntfy", title="Pier")
    assert (said["topic"], said["title"], said["click"]) == ("harbour", "Pier", "https://bay.test/a?b=1&c=<2>")
    assert post_url("ntfy", HOOK) == "https://push.test/base/"
    assert post_url("ntfy", "https://push.test/harbour") == "https://push.test/"
    assert post_url("slack", HOOK) == HOOK


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("text", ["x" * 50_000, "🚢" * 20_000, "@<*" * 10_000, "渡" * 20_000, ""])
def test_messages_fit_what_the_services_take(template: str, text: str) -> None:
    said = written(template, text, text, f"https://bay.test/{'a' * 5000}")
    most = {"slack": 3000, "teams": 1000, "discord": 4096, "ntfy": 4000}[template]
    assert all(len(one.encode("utf-16-le")) // 2 <= most for one in strings(said))
    assert len(body_of(template, HOOK, note("pier", text, "", text))) < 28_000
    if template == "discord":
        assert len(said["embeds"][0]["title"].encode("utf-16-le")) // 2 <= 256
    if template == "ntfy":
        assert len(said["message"].encode()) <= 4096
    assert not any("aaaaaaaaaa" * 300 in one for one in strings(said)), "a link that is too long is left out"


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://bay.test/", "not a url"])
def test_only_http_and_https_are_links(template: str, url: str) -> None:
    assert not any(url in text for text in strings(written(template, "Pier", "Rebuilt.", url)))


@pytest.mark.parametrize(
    ("template", "hook"), [("slack", None), ("ntfy", "https://ntfy.test/"), ("ntfy", "https://ntfy.test/a%20b")]
)
def test_a_template_needs_a_webhook_that_it_can_use(template: str, hook: str | None) -> None:
    with pytest.raises(UsageError):
        check_template(template, hook)


def test_a_webhook_that_cannot_be_read_is_refused_with_a_cure_that_fits_and_no_piece_of_a_password(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path)
    check_template("ntfy", "https://[x/hook")
    for url, says in (
        ("https://[x/hook", "https://… is not allowed as a webhook: its host or its port can't be read"),
        ("https://ada:pi/er@hooks.test/x", "https://… is not allowed as a webhook: its host or its port can't be read"),
        ("https://häfen.test/hook", "https://häfen.test/… is not allowed as a webhook: its host is not a valid name;"
         " write it in ASCII, as xn--…"),
    ):  # fmt: skip
        with pytest.raises(UsageError) as refused:
            require_allowed(settings, url)
        assert str(refused.value) == says
