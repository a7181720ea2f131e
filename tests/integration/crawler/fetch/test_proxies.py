"""Requests through a source's proxy: where they go is checked here, and what the proxy does is never the site's fault."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from crawler.exchange import OWN_ACCESS
from crawler.fetch.settings import FetchSettings
from dateline.types.source import Access
from tests.acceptance.support.url_forms import url_forms
from tests.integration.crawler.fetch.test_trust import Signed, issue, serving
from tests.integration.support import proxies
from tests.integration.support.fetch_site import (
    AGENT,
    TEXT,
    Site,
    ask,
    fetch,
    got,
    moved,
    one_after_another,
    page,
    refusal,
    settings,
    with_fetcher,
)

HOME = "http://a.example/"


def tls_context(folder: Path, own: Signed) -> ssl.SSLContext:
    """The server's side of TLS with this certificate."""
    folder.mkdir()
    plain = serialization.NoEncryption()
    key = own.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(own.pem.encode() + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


BOTH = pytest.mark.parametrize("kind", ["http", "socks5"])


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    server.pages["/"] = page(TEXT)
    yield server
    server.close()


def through(kind: str, proxy: proxies.Proxy, login: str = "", **more: Any) -> Access:
    return Access(HOME, proxy=f"{kind}://{login}127.0.0.1:{proxy.port}", **more)


def rules(*sites: Site, **more: Any) -> FetchSettings:
    return settings(*sites, **{"proxy_networks": ("127.0.0.1",), **more})


@BOTH
def test_the_proxy_is_given_the_address_that_was_checked(site: Site, kind: str) -> None:
    with proxies.running(kind) as proxy:
        outcome = fetch(ask(HOME, access=through(kind, proxy)), rules(site))
    assert got(outcome).body == TEXT
    assert set(proxy.seen) == {("127.0.0.1", site.port)}, "robots.txt goes the same way"
    assert site.paths == ["/robots.txt", "/"]


@BOTH
def test_a_certificate_is_checked_behind_the_proxy(tmp_path: Path, kind: str) -> None:
    authority = issue("Desk CA")
    with (
        serving(tmp_path, issue("a.example", authority, ca=False), authority) as tls,
        proxies.running(kind) as proxy,
    ):
        tls.pages["/"] = page(TEXT)
        request = ask("https://a.example/", access=through(kind, proxy, ca=authority.pem))
        assert got(fetch(request, rules(tls))).body == TEXT
        stranger = ask("https://a.example/", access=through(kind, proxy))
        assert refusal(fetch(stranger, rules(tls))).reason.startswith("tls")


@BOTH
def test_the_login_is_read_by_its_name(site: Site, tmp_path: Path, kind: str) -> None:
    (tmp_path / "PROXY_USER").write_text("desk\n")
    (tmp_path / "PROXY_WORD").write_text("w0rd of entry")
    with proxies.running(kind, login="desk:w0rd of entry") as proxy:
        access = through(kind, proxy, "${PROXY_USER}:${PROXY_WORD}@")
        outcome = fetch(ask(HOME, access=access), rules(site, secrets_dir=tmp_path))
        assert got(outcome).body == TEXT
        (tmp_path / "PROXY_WORD").write_text("another")
        wrong = refusal(fetch(ask(HOME, access=access), rules(site, secrets_dir=tmp_path)))
        none = refusal(fetch(ask(HOME, access=through(kind, proxy)), rules(site)))
    assert (wrong.reason, none.reason) == ("proxy_auth", "proxy_auth")
    assert "does not accept" in wrong.detail
    assert "asks for a login" in none.detail
    assert "another" not in wrong.detail


@pytest.mark.parametrize(
    ("kind", "refusal_bytes", "reason"),
    [
        ("http", b"HTTP/1.1 403 No\r\n\r\n", "proxy_refused"),
        ("http", b"HTTP/1.1 302 Portal\r\nLocation: http://x/\r\n\r\n", "proxy_refused"),
        ("http", b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy_failed"),
        ("http", b"HTTP/1.0 503 Full\r\nContent-Length: 900\r\n\r\nsorry", "proxy_failed"),
        ("http", b"SSH-2.0-OpenSSH\r\n\r\n", "proxy_failed"),
        ("http", b"HTTP/1.1 200 " + b"x" * 20_000, "proxy_failed"),
        ("http", b"HTTP/1.1 2", "proxy_unreachable"),
        ("socks5", b"\x05\x02\x00\x01" + bytes(6), "proxy_refused"),
        ("socks5", b"\x05\x04\x00\x01" + bytes(6), "proxy_failed"),
        ("socks5", b"\x04\x5a\x00\x01" + bytes(6), "proxy_failed"),
        ("socks5", b"\x05\x00\x00\x09" + bytes(6), "proxy_failed"),
        ("socks5", b"\x05", "proxy_unreachable"),
    ],
)
def test_what_the_proxy_says_has_reasons_of_its_own(site: Site, kind: str, refusal_bytes: bytes, reason: str) -> None:
    with proxies.running(kind, refusal=refusal_bytes) as proxy:
        outcome = refusal(fetch(ask(HOME, access=through(kind, proxy)), rules(site)))
    assert (outcome.reason, outcome.is_temporary) == (reason, True)
    assert f"{kind}://127.0.0.1:{proxy.port}" in outcome.detail
    assert site.log == []


def test_a_proxy_that_is_not_there_or_silent_is_unreachable(site: Site) -> None:
    with proxies.running("http") as proxy:
        pass
    gone = refusal(fetch(ask(HOME, access=through("http", proxy)), rules(site)))
    site.pages["/"] = page(TEXT)
    with proxies.running("socks5") as deaf:  # it waits for SOCKS and is spoken to in HTTP
        silent = refusal(fetch(ask(HOME, access=through("http", deaf)), rules(site, timeout_s=1.0)))
    unknown = Access(HOME, proxy="http://nowhere.invalid:3128")
    assert [gone.reason, silent.reason] == ["proxy_unreachable", "proxy_unreachable"]
    assert refusal(fetch(ask(HOME, access=unknown), rules(site))).reason == "proxy_unreachable"
    assert "refused the connection" in gone.detail


@BOTH
def test_a_proxy_that_is_killed_while_it_passes_a_page_on(site: Site, kind: str) -> None:
    site.pages["/"] = page(b"<p>" + b"word " * 100_000)
    with proxies.running(kind, dies_after=100_000) as proxy:
        outcome = refusal(fetch(ask(HOME, access=through(kind, proxy), obey_robots=False), rules(site)))
    assert outcome.reason == "proxy_unreachable", "the second try shows whose fault it was"


def test_a_proxy_within_this_network_has_to_be_allowed(site: Site) -> None:
    with proxies.running("http") as proxy:
        outcome = refusal(fetch(ask(HOME, access=through("http", proxy)), settings(site)))
    assert outcome.reason == "proxy_unreachable"
    assert "127.0.0.1 is not a public address; the setting proxy_networks can allow it" in outcome.detail
    assert proxy.seen == []


@BOTH
def test_no_form_of_an_address_of_this_machine_comes_to_the_proxy(site: Site, kind: str) -> None:
    """The forms that are tried on the crawler without a proxy; with the guard left out of the tunnel most were asked for."""
    with proxies.running(kind) as proxy:
        forms = [form for form in url_forms(site.port, "etc/hostname") if form.startswith(("http:", "https:"))]
        assert len(forms) > 100
        for resolves in (False, True):
            access = through(kind, proxy, proxy_resolves=resolves)
            requests = [ask(form, access=access, obey_robots=False) for form in forms]
            fetch_settings = FetchSettings(
                AGENT, proxy_networks=("127.0.0.1",), allowed_ports=(site.port,), timeout_s=5
            )
            outcomes = with_fetcher(lambda fetcher, asked=requests: one_after_another(fetcher, asked), fetch_settings)
            assert len([one for one in outcomes if refusal(one).reason in OWN_ACCESS]) == len(proxy.seen)
            if not resolves:
                assert proxy.seen == []
    assert site.log == []
    assert {host for host, _ in proxy.seen} <= {"hostile.test"}, (
        "that is the host of a form with a backslash before the @"
    )


@BOTH
def test_names_are_looked_up_by_the_proxy_only_if_asked(site: Site, kind: str) -> None:
    url = "http://news.quay.example/"
    proxies.NAMES["news.quay.example"] = ("127.0.0.1", site.port)
    with proxies.running(kind) as proxy:
        here = refusal(fetch(ask(url, access=through(kind, proxy)), rules(site)))
        assert (here.reason, proxy.seen) == ("dns", [])
        there = fetch(ask(url, access=through(kind, proxy, proxy_resolves=True)), rules(site))
        assert got(there).body == TEXT
        assert set(proxy.seen) == {("news.quay.example", 80)}
        own = refusal(fetch(ask("http://db.internal/", access=through(kind, proxy, proxy_resolves=True)), rules(site)))
    assert own.reason == "guard"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 405 No\r\n\r\n", b"HTTP/1.0 501 Unsupported\r\n\r\n"])
def test_a_proxy_without_tunnels_is_asked_for_http_pages_by_name(site: Site, tmp_path: Path, answer: bytes) -> None:
    (tmp_path / "PROXY_WORD").write_text("c4n4ry-proxy")
    proxies.NAMES["news.quay.example"] = ("127.0.0.1", site.port)
    site.pages["/next?a=b"] = page(TEXT)
    with proxies.running("http", login="c4n4ry-proxy:", refusal=answer) as proxy:
        access = through("http", proxy, "${PROXY_WORD}@", proxy_resolves=True)
        there = rules(site, secrets_dir=tmp_path)
        for path in ("", "next?a=b"):
            assert got(fetch(ask(f"http://news.quay.example/{path}", access=access), there)).body == TEXT
        secure = refusal(fetch(ask("https://news.quay.example/", access=access), there))
        checked = refusal(fetch(ask(HOME, access=through("http", proxy, "${PROXY_WORD}@")), there))
    assert site.paths == ["/robots.txt", "/", "/robots.txt", "/next?a=b"]
    assert {seen["host"] for _, seen in site.log} == {"news.quay.example"}
    assert "c4n4ry" not in str(site.log)
    assert (secure.reason, checked.reason) == ("proxy_refused", "proxy_refused")
    assert "proxy_resolves=true" in checked.detail


def test_the_proxys_login_and_a_sites_secrets_go_to_their_own_party_only(site: Site, tmp_path: Path) -> None:
    (tmp_path / "PROXY_WORD").write_text("c4n4ry-proxy")
    (tmp_path / "SITE_WORD").write_text("c4n4ry-site")
    with proxies.running("http", login="c4n4ry-proxy:") as proxy:
        access = through("http", proxy, "${PROXY_WORD}@", headers=(("X-Key", "${SITE_WORD}"),))
        assert got(fetch(ask(HOME, access=access), rules(site, secrets_dir=tmp_path))).body == TEXT
    assert "c4n4ry-site" not in str(proxy.heads)
    assert "c4n4ry-proxy" not in str(site.log)
    assert site.log[-1][1]["x-key"] == "c4n4ry-site"


@BOTH
def test_a_proxy_answers_no_http_page_in_the_name_of_another_site(site: Site, kind: str) -> None:
    site.pages["/"] = moved("http://b.example/")
    with proxies.running(kind) as proxy:
        named = ask("http://b.example/", access=through(kind, proxy), named_by=("a.example",))
        led_there = ask(HOME, access=through(kind, proxy))
        both = [refusal(fetch(one, rules(site, site))).reason for one in (named, led_there)]
        own = ask("http://b.example/", access=through(kind, proxy), named_by=("a.example", "b.example"))
        site.pages["/"] = page(TEXT)
        assert got(fetch(own, rules(site, site))).body == TEXT
    assert both == ["proxy_other_site"] * 2


def test_a_proxy_may_be_spoken_to_in_tls(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its certificate is checked by the system's authorities; with TLS to the site inside of that."""
    authority = issue("Desk CA")
    own = issue("proxy.example", authority, ca=False)
    (tmp_path / "authority.pem").write_text(authority.pem)
    with (
        serving(tmp_path, issue("a.example", authority, ca=False), authority) as tls,
        proxies.running("http", tls=tls_context(tmp_path / "proxy", own)) as proxy,
    ):
        tls.pages["/"] = page(TEXT)
        way = f"https://proxy.example:{proxy.port}"
        request = ask("https://a.example/", access=Access(HOME, proxy=way, ca=authority.pem))
        there = rules(tls, resolve=(f"a.example=127.0.0.1:{tls.port}", f"proxy.example=127.0.0.1:{proxy.port}"))
        unknown = refusal(fetch(request, there))
        assert (unknown.reason, "issuer: CN=Desk CA" in unknown.detail) == ("proxy_unreachable", True), unknown
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert got(fetch(request, there)).body == TEXT


def test_a_connection_that_failed_without_the_proxy_says_nothing_of_the_way_through_it(site: Site) -> None:
    """robots.txt could not be fetched directly: that is remembered for ten minutes, for requests that go the same way."""
    dead = "127.0.0.2"  # nothing listens there

    async def scene(fetcher: Any) -> list[Any]:
        direct = await fetcher.fetch(ask(HOME))
        return [direct, await fetcher.fetch(ask(HOME, access=through("http", proxy)))]

    with proxies.running("http") as proxy:
        proxies.NAMES[dead] = ("127.0.0.1", site.port)
        there = FetchSettings(
            AGENT,
            resolve=(f"a.example={dead}:{site.port}",),
            proxy_networks=("127.0.0.1",),
            allow_networks=(dead,),
            timeout_s=20,
        )
        direct, proxied = with_fetcher(scene, there)
    assert refusal(direct).reason == "connect_refused"
    assert got(proxied).body == TEXT
