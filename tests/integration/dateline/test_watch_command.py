"""`dateline watch`, the feeds that it keeps, and the receiver that the document shows."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from xml.etree import ElementTree as Xml

import psycopg
import pytest
from click.testing import CliRunner, Result

from dateline.cli.archive.watch import watch
from dateline.cli.context import Context
from dateline.config import Settings
from dateline.errors import DatelineError, QueryError, UsageError
from scheduler.alerts.atom import ATOM, atom_feed
from scheduler.commands.import_files import run_import
from sql.database import open_pool
from sql.watches.watches import AlertArticle, Watches
from tests.acceptance.support.site import environment, process
from tests.integration.scheduler.monitoring.test_health import free_port
from tests.integration.support.mail_server import mail_host
from tests.integration.support.receiver import Receiver, receiving

DOC = Path("docs/how-to/receive-alerts.md").read_text(encoding="utf-8")
NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
PIER = "The harbour council voted on Monday to rebuild the old ferry pier after months of debate over its cost. " * 6
LOOPBACK = ("127.0.0.0/8",)

Run = Callable[..., Result]


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=database, allow_networks=LOOPBACK)


@pytest.fixture
def run(settings: Settings) -> Run:
    """Runs `dateline watch` in this process."""

    def run(*words: str, settings: Settings = settings) -> Result:
        return CliRunner().invoke(watch, list(words), obj=Context(settings), catch_exceptions=False)

    return run


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def store(settings: Settings, tmp_path: Path, url: str, text: str = PIER, **fields: object) -> None:
    """Store an article as `dateline import` does, which sends its alerts at its end."""
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"url": url, "title": "Pier & <ferry>", "text": text, **fields}) + "\n")
    asyncio.run(run_import(settings, settings.database_url or "", [path]))


def test_a_watch_from_its_first_day_to_its_last(
    run: Run, settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    added = json.loads(run("add", "pier", "ferry", "--webhook", receiver.url, "--atom", "--json").stdout)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", added["secret"])
    store(settings, tmp_path, "https://bay.test/pier", authors=["Ada Writer"])
    assert [json.loads(one.body)["data"]["article"]["url"] for one in receiver.got] == ["https://bay.test/pier"]
    (listed,) = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert (listed["name"], listed["told"], listed["pending"], listed["has_feed"]) == ("pier", 1, 0, True)
    shown = json.loads(run("show", "pier", "--json").stdout)
    assert (shown["webhook"], shown["latest"]) == (receiver.url, ["https://bay.test/pier"])
    (sent,) = [json.loads(line) for line in run("deliveries", "pier", "--json").stdout.splitlines()]
    assert (sent["state"], sent["status"], sent["id"]) == ("delivered", 204, receiver.got[0].id)
    tested = json.loads(run("test", "pier", "--json").stdout)
    assert (tested["matches"], tested["webhook"]["is_taken"]) == (["https://bay.test/pier"], True)
    assert json.loads(receiver.got[1].body)["type"] == "watch.test"
    for words in (("list",), ("list", "--json"), ("show", "pier"), ("show", "pier", "--json"), ("deliveries",)):
        said = run(*words).output
        assert added["secret"] not in said
        assert "whsec" not in said
    assert "t0p" not in run("list").output + run("list", "--json").output, "a URL's query may be a secret"
    feed = settings.data_dir / "watches" / "pier.atom"
    assert feed.exists()
    assert run("remove", "pier").output == "removed: pier\n"
    assert not feed.exists()
    assert run("list", "--json").output == ""


def test_recipients_of_mail_from_the_first_to_the_last(run: Run, settings: Settings, tmp_path: Path) -> None:
    with mail_host() as host:
        wired = dataclasses.replace(settings, mail_server=host.place, mail_security="none", mail_from="news@desk.test")

        def do(*words: str) -> str:
            return run(*words, settings=wired).output

        assert "mail: ada@desk.test (at once)" in do(
            "add", "pier", "ferry", "--mail", "ada@DESK.test", "--every", "match"
        )
        assert "mail: bo@desk.test (once an hour)" in do("mail", "pier", "bo@desk.test", "--every", "hour")
        store(wired, tmp_path, "https://bay.test/pier")
        assert host.recipients == [["ada@desk.test"]]
        assert "bo@desk.test (once an hour, 1 waiting)" in do("show", "pier")
        assert "mail to ada@desk.test: accepted" in do("test", "pier")
        assert [mail["Subject"] for mail in host.got[1:]] == ["Sample of pier"] * 2
        assert "https://bay.test/pier" in host.texts()[1]
        assert "no more mail" in do("mail", "pier", "bo@desk.test", "--every", "never")
        with pytest.raises(UsageError, match=re.escape("there are: ada@desk.test")):
            do("mail", "pier", "bo@desk.test", "--every", "never")
        assert "has no recipients now" in do("mail", "pier", "ada@desk.test", "--every", "never")
        host.to_rcpt = lambda address: "550 no such user"
        do("mail", "pier", "eve@desk.test")
        with pytest.raises(DatelineError, match=re.escape("eve@desk.test: 550 no such user")):
            do("test", "pier")


def test_a_webhook_with_a_template_gets_the_services_form(
    run: Run, settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    said = run(
        "add", "pier", "ferry", "--webhook", receiver.url.replace("hook", "base/harbour"), "--template", "ntfy"
    ).output
    assert "whsec" not in said
    store(settings, tmp_path, "https://bay.test/pier")
    run("test", "pier")
    first, second = (json.loads(one.body) for one in receiver.got)
    assert (first["topic"], first["click"], first["title"]) == ("harbour", "https://bay.test/pier", "Pier & <ferry>")
    assert second["title"] == "Test message of the watch pier"
    assert {one.path for one in receiver.got} == {"/base/?token=t0p"}


def test_an_invalid_watch_is_refused_with_the_cure(run: Run, settings: Settings) -> None:
    for words, said in (
        (("add", "No Name", "ferry", "--atom"), "a-z 0-9"),
        (("add", "pier", "ferry"), "--webhook URL, --mail ADDRESS, --atom, or several"),
        (("add", "pier", "ferry", "--mail", "ada@desk.test"), "set mail_server and mail_from"),
        (("add", "pier", "ferry", "--mail", "ada@desk.test\nBcc: e@evil.test"), "is not a mail address"),
        (("add", "pier", "ferry", "--atom", "--template", "slack"), "Add --webhook URL"),
        (("add", "pier", " ", "--atom"), "the search is empty"),
        (("add", "pier", "ferry", "--webhook", "ftp://bay.test/?token=t0p"), "neither http nor https"),
        (("add", "pier", "ferry", "--webhook", "http://10.0.0.1/?token=t0p"), "DATELINE_ALLOW_NETWORKS"),
        (("show", "pier"), "Unknown watch 'pier'"),
        (("remove", "pier"), "Unknown watch 'pier'"),
        (("deliveries", "pier"), "Unknown watch 'pier'"),
    ):
        with pytest.raises(UsageError, match=re.escape(said)) as error:
            run(*words)
        assert "t0p" not in str(error.value)
    assert run("add", "pier", "ferry", "--atom").exit_code == 0
    with pytest.raises(UsageError, match="remove pier"):
        run("add", "pier", "oven", "--atom")


def test_a_webhook_that_takes_nothing_fails_the_test_and_says_why(run: Run, receiver: Receiver) -> None:
    run("add", "pier", "ferry", "--webhook", receiver.url)
    receiver.answer = lambda received: (404, {})
    with pytest.raises(DatelineError, match="HTTP 404"):
        run("test", "pier")


def test_a_watch_with_messages_to_send_is_not_dropped_unasked(
    run: Run, settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    run("add", "pier", "ferry", "--webhook", receiver.url)
    receiver.answer = lambda received: (500, {})
    store(settings, tmp_path, "https://bay.test/pier")
    assert "1 message waiting" in run("list").output
    assert "failed 1 time in a row" in run("list").output
    assert run("remove", "pier").exit_code == 1
    assert run("remove", "pier", "--yes").exit_code == 0


def test_a_watch_for_an_address_says_that_addresses_are_not_searched(run: Run) -> None:
    said = run("add", "page", "https://bay.test/pier", "--atom")
    assert "dateline explain https://bay.test/pier" in said.stderr
    assert "explain" not in run("add", "pier", "ferry", "--atom").output


def test_odd_names_and_searches_cost_nothing(run: Run) -> None:
    for number, text in enumerate(
        ["'; DROP TABLE dateline.watch; --", "%s %(x)s {0}", "\\", "((", "a\x00b", "🦀", "-"]
    ):
        try:
            run("add", f"w{number}", text, "--atom")
        except UsageError as error:  # it points at the place
            assert isinstance(error, QueryError)
            continue
        assert run("test", f"w{number}").exit_code == 0


def told(number: int, **fields: object) -> AlertArticle:
    row: dict[str, object] = dict.fromkeys(AlertArticle.__slots__)
    row |= {"article_id": number, "url_key": uuid.UUID(int=number), "url": f"https://bay.test/?a=1&b={number}"}
    row |= {"title": "A <b>pier</b> & \x0b\ufffe\U0001f980", "beginning": "Words.", "site": "bay.test", "authors": []}
    row |= {"first_seen_at": NOW, "revised_at": NOW + dt.timedelta(hours=number)}
    return AlertArticle(**row | fields)  # type: ignore[arg-type]


def test_a_feed_is_valid_whatever_the_articles_hold() -> None:
    """RFC 4287, 4.1.1 and 4.1.2: what must be there, once, and where."""
    entries = [told(1), told(2, authors=["Ada"], summary="S" * 900, published_at=NOW, title=None)]
    feed = Xml.fromstring(atom_feed("pier", "ferry & <pier>", uuid.UUID(int=9), NOW, entries, self_url="http://x/?a&b"))
    assert feed.tag == f"{{{ATOM}}}feed"
    for parent in (feed, *feed.findall(f"{{{ATOM}}}entry")):
        for tag in ("id", "title", "updated"):
            (one,) = parent.findall(f"{{{ATOM}}}{tag}")
            assert one.text
        assert parent.find(f"{{{ATOM}}}author/{{{ATOM}}}name") is not None
    first, second = feed.findall(f"{{{ATOM}}}entry")
    texts = {one.tag.partition("}")[2]: one.text for one in first}
    assert texts["title"] == "A <b>pier</b> & \ufffd\ufffd\U0001f980"
    assert texts["updated"] == "2026-05-04T13:00:00Z"
    assert [link.attrib["href"] for link in first.iter(f"{{{ATOM}}}link")] == ["https://bay.test/?a=1&b=1"]
    assert second.findtext(f"{{{ATOM}}}title") == "https://bay.test/?a=1&b=2"
    assert feed.findtext(f"{{{ATOM}}}updated") == "2026-05-04T14:00:00Z"
    assert len({one.text for one in feed.iter(f"{{{ATOM}}}id")}) == 3
    assert atom_feed("p", "q", uuid.UUID(int=9), NOW, entries) == atom_feed("p", "q", uuid.UUID(int=9), NOW, entries)
    assert Xml.fromstring(atom_feed("p", "q", uuid.UUID(int=9), NOW, [])).findtext(f"{{{ATOM}}}updated")


def test_the_service_notifies_the_webhook_and_serves_the_feed(
    run: Run, settings: Settings, database: str, tmp_path: Path, receiver: Receiver
) -> None:
    """A scheduler of its own process finds what was stored; the feed is served with an address of its own."""
    path = json.loads(run("add", "pier", "ferry", "--webhook", receiver.url, "--atom", "--json").stdout)["feed_path"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT 1")
        port = free_port()
        env = environment(database, 1, allow_networks="127.0.0.0/8", health_port=str(port))
        log = tmp_path / "log"
        with process("up", data_dir=settings.data_dir, env=env, log=log) as running:
            _insert(connection)
            _until(lambda: bool(receiver.got), running, log)
            url = f"http://127.0.0.1:{port}/watches/pier.atom"
            for wrong in ("", "?key=", "?key=00000000-0000-0000-0000-000000000000", "?key=%FF"):
                with pytest.raises(HTTPError, match="404"):
                    urlopen(url + wrong, timeout=10)
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                assert answer.headers["content-type"] == "application/atom+xml"
                feed = Xml.fromstring(answer.read())
            assert feed.find(f"{{{ATOM}}}link[@rel='self']").attrib["href"] == url  # type: ignore[union-attr]
            assert feed.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}title") == "Pier"
            written = settings.data_dir / "watches" / "pier.atom"
            _until(lambda: "bay.test" in written.read_text(), running, log)
            running.terminate()
            assert running.wait(30) == 0
    assert "whsec" not in log.read_text()
    assert "t0p" not in log.read_text()


def _insert(connection: psycopg.Connection) -> None:
    connection.execute(
        "WITH row AS (INSERT INTO dateline.article (url_key, url, site, kind, title, text, language, content_hash, word_count,"
        " revised_at, first_seen_at, extractor) VALUES (gen_random_uuid(), 'https://bay.test/pier', 'bay.test', 'article',"
        " 'Pier', 'The ferry pier', 'en', gen_random_uuid(), 3, now(), now(), 'test/1') RETURNING id)"
        " INSERT INTO dateline.article_task SELECT id, 'watch', now() FROM row"
    )


def _until(is_so: Callable[[], bool], running: subprocess.Popen[bytes], log: Path) -> None:
    while not is_so():
        assert running.poll() is None, log.read_text()
        time.sleep(0.02)


def test_the_documents_receiver_verifies(run: Run, settings: Settings, database: str, tmp_path: Path) -> None:
    """Its program and its commands, unchanged."""
    program = "\n".join(re.findall(r"```python\n(.*?)```", DOC, re.DOTALL))
    port = free_port()
    url = f"http://127.0.0.1:{port}/hook"
    secret = json.loads(run("add", "pier", "ferry", "--webhook", url, "--json").stdout)["secret"]
    env = os.environ | {"HOOK_SECRET": secret, "HOOK_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    ) as hook:
        assert hook.stdout is not None
        while True:
            try:
                assert "accepted (HTTP 204)" in run("test", "pier").output
                break
            except DatelineError:
                assert hook.poll() is None
        assert "'watch': 'pier'" in hook.stdout.readline()
        run("add", "other", "ferry", "--webhook", url)
        with pytest.raises(DatelineError, match="HTTP 401"):
            run("test", "other")
        hook.terminate()


def test_the_documents_commands_are_there(run: Run, settings: Settings) -> None:
    for line in re.search(r"```sh\n(.*?)```", DOC, re.DOTALL)[1].splitlines():  # type: ignore[index]
        words = shlex.split(line)[2:]
        if words[0] != "test":  # it would send
            assert run(*words).exit_code == 0, line


def test_the_documents_message_is_the_one_that_is_sent(
    run: Run, settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    run("add", "harbour", "ferry", "--webhook", receiver.url)
    store(settings, tmp_path, "https://bay.test/pier")
    shown, _of_alarms = re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)
    assert _shape(json.loads(shown)) == _shape(json.loads(receiver.got[0].body))


def _shape(value: object) -> object:
    return {key: _shape(one) for key, one in value.items()} if isinstance(value, dict) else None


def test_secrets_are_in_no_log_line_of_the_door(database: str) -> None:
    async def claimed() -> str:
        async with open_pool(database) as pool:
            watches = Watches(pool)
            await watches.add("w", "x", webhook_url="http://a/?t0p", secret="whsec_AAAA", has_feed=False, now=NOW)
            async with pool.connection() as conn:
                await conn.execute(
                    "WITH a AS (INSERT INTO dateline.article (url_key, url, site, kind, text, content_hash, word_count,"
                    " revised_at, first_seen_at, extractor) VALUES (gen_random_uuid(), 'u', 's', 'article', 't',"
                    " gen_random_uuid(), 1, now(), now(), 'x') RETURNING id) INSERT INTO dateline.watch_delivery"
                    " (watch_id, article_id, body, created_at, next_attempt_at) SELECT w.id, a.id, '{}', now(),"
                    " '2026-05-04Z' FROM a, dateline.watch w"
                )
            return repr(await watches.claim(1, now=NOW, lost_at=NOW))

    said = asyncio.run(claimed())
    assert "attempts=1" in said
    assert "whsec" not in said
    assert "t0p" not in said


@pytest.mark.parametrize(
    ("words", "said"), [(("list",), "No watches. Add one with"), (("deliveries",), "No such webhook messages")]
)
def test_an_empty_list_says_so_and_leaves_the_output_empty(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert (done.exit_code, done.stdout) == (0, "")
    assert said in done.stderr
