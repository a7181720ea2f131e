"""The newsroom behind a real port: hosts by name, rounds, its log, its control, and an end that frees the port."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dateline.demo.newsroom import Newsroom
from dateline.demo.server import NewsroomServer

BASE = dt.datetime(2031, 5, 14, 9, 30, tzinfo=dt.UTC)
BRIDGE = "/harbour/swing-bridge-shut-after-lorry-strikes-gate"
LIBRARY = "/council/school-library-opens-on-saturdays"


@pytest.fixture
def server() -> Iterator[NewsroomServer]:
    with NewsroomServer(Newsroom(base=BASE)) as running:
        yield running


def ask(
    port: int, host: str, path: str, *, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Host": f"{host}:{port}", **named})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_each_host_is_answered_as_the_newsroom_says(server: NewsroomServer) -> None:
    for outlet in server.newsroom.outlets:
        response, body = ask(server.port, outlet.host, "/")
        meant = server.newsroom.answer(host=outlet.host, path="/", headers={}, round=1, hit=0)
        assert (response.status, body) == (200, meant.body)
        assert dict(meant.headers).items() <= dict(response.getheaders()).items()


def test_rounds_can_be_advanced_and_set(server: NewsroomServer) -> None:
    assert ask(server.port, "harbour-post.test", BRIDGE)[0].status == 404
    assert (server.advance(), server.advance()) == (2, 2)
    assert ask(server.port, "harbour-post.test", BRIDGE)[0].status == 200
    server.round = 1
    assert ask(server.port, "harbour-post.test", BRIDGE)[0].status == 404


def test_hits_are_counted_by_url_whatever_its_query(server: NewsroomServer) -> None:
    statuses = [
        ask(server.port, "harbour-post.test", LIBRARY + query)[0].status for query in ("?utm_source=x", "", "?a=b")
    ]
    assert statuses == [429, 200, 200]


def test_conditional_requests_and_heads_have_no_body(server: NewsroomServer) -> None:
    response, body = ask(server.port, "harbour-post.test", "/feed.xml")
    again, nothing = ask(server.port, "harbour-post.test", "/feed.xml", If_None_Match=response.headers["etag"])
    head, none = ask(server.port, "harbour-post.test", "/feed.xml", method="HEAD")
    assert len(body) == int(response.headers["content-length"])
    assert (again.status, nothing) == (304, b"")
    assert (head.status, none, head.headers["content-length"]) == (200, b"", response.headers["content-length"])


def test_the_log_keeps_each_request_in_order(server: NewsroomServer) -> None:
    ask(server.port, "harbour-post.test", "/robots.txt", User_Agent="tester/1.0")
    ask(server.port, "kuestenblick.test", "/nowhere?x=1")
    first, second = server.log
    assert (first.host, first.path, first.status) == ("harbour-post.test", "/robots.txt", 200)
    assert (second.host, second.path, second.status) == ("kuestenblick.test", "/nowhere?x=1", 404)
    assert first.headers["user-agent"] == "tester/1.0"
    assert first.at <= second.at


def test_the_control_path_shows_and_advances_the_round(server: NewsroomServer) -> None:
    ask(server.port, "meridian-wire.test", "/sitemap.xml")
    assert json.loads(ask(server.port, "127.0.0.1", "/__control/")[1]) == {"round": 1, "requests": 1}
    assert json.loads(ask(server.port, "127.0.0.1", "/__control/round", method="POST")[1])["round"] == 2
    log = json.loads(ask(server.port, "127.0.0.1", "/__control/log")[1])
    assert [(line["host"], line["path"], line["status"]) for line in log] == [
        ("meridian-wire.test", "/sitemap.xml", 200)
    ]
    assert server.resolve_rules == f"*.test=127.0.0.1:{server.port}"


def test_its_port_is_free_after_its_end() -> None:
    with NewsroomServer(Newsroom(base=BASE)) as server:
        port = server.port
        assert ask(port, "daily-lantern.test", "/rss")[0].status == 200
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_it_runs_in_the_foreground_until_it_is_stopped() -> None:
    command = [sys.executable, "-m", "dateline.demo.server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"newsroom on port (\d+); DATELINE_RESOLVE=\*\.test=127\.0\.0\.1:\1", line)
        assert found, line
        assert ask(int(found[1]), "valle-diario.test", "/feed.json")[0].status == 200
        process.terminate()
        assert process.wait(timeout=20) in {0, -15}
