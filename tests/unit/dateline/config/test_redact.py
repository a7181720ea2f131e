"""What settings, watches and messages show of an address with a password, however it is written."""

from __future__ import annotations

import pytest

from dateline.api.reads import host_of_webhook
from dateline.config import Settings, shown, url_origin
from dateline.log import without_credentials


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://ada:pi/er@hooks.test/x", "https://…"),
        ("https://ada:pi?er@hooks.test/x", "https://…"),
        ("https://ada:pi#er@hooks.test/x", "https://…"),
        ("https://ada:pi\\er@hooks.test/x", "https://…"),
        ("https://ada:p@pi/er@hooks.test/x", "https://…"),
        ("https://ada:pi/er", "https://…"),
        ("pier:er@hooks.test", "https://…"),
        ("https://ada:pi@er@hooks.test:8443/x", "https://hooks.test:8443/…"),
        ("https://[2001:db8::1]:443/pier", "https://[2001:db8::1]:443/…"),
        ("https://häfen.test?pier", "https://häfen.test/…"),
    ],
)
def test_no_piece_of_a_password_is_taken_for_the_host(url: str, says: str) -> None:
    assert url_origin(url) == host_of_webhook(url) == says


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            "postgresql://ada:pier@db:5432,[::1]/news?sslmode=require",
            "postgresql://ada:***@db:5432,[::1]/news?sslmode=require",
        ),
        ("postgresql:///news?host=/run/pg&password=pier", "postgresql:///news?host=/run/pg&password=***"),
        ("postgresql://ada@db/news", "postgresql://ada@db/news"),
        *[
            (f"postgresql://{login}@db/news", "***")
            for login in ("ada@corp:pier", "ada:pi er", "ada:pi?a=er", "ada:pi/er", "a/da:pier", "ada:pi@er")
        ],
    ],
)
def test_no_password_of_a_database_is_shown_however_it_is_written(url: str, says: str) -> None:
    assert shown(Settings(database_url=url))["database_url"][0] == says


def test_no_message_shows_a_password_with_signs_that_were_not_escaped() -> None:
    for login in ("ada:pi/er", "ada:pi?er", "ada:pi#er", "ada:pi@er", "ada:12pi/er"):
        assert without_credentials(f"'https://{login}@bay.test/a'") == "'https://***@bay.test/a'"
    for kept in (
        "https://bay.test/@ada",
        "https://bay.test:8443/@ada",
        "https://[::1]:80/@ada",
        "http://a:1, b@c",
        '"http://a.test">a:b</a>@ada',
    ):
        assert without_credentials(kept) == kept
