"""The network guard and TLS, where the fetcher connects."""

from __future__ import annotations

import datetime as dt
import itertools
import socket
import ssl
import warnings
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.fetch.settings import FetchSettings
from crawler.politeness.guard import Address
from dateline.errors import ConfigError
from tests.integration.support.fetch_site import (
    AGENT,
    TEXT,
    Site,
    ask,
    fetch,
    got,
    one_after_another,
    page,
    refusal,
    settings,
    with_fetcher,
)


class TestGuard:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "localhost", "[::ffff:127.0.0.1]"]
    )
    def test_loopback_is_not_fetched_in_any_spelling(self, site: Site, host: str) -> None:
        """With `is_public` always true, each of these was fetched."""
        site.pages["/"] = page(TEXT)
        url = f"http://{host}:{site.port}/"
        closed = FetchSettings(AGENT, allowed_ports=(site.port,))
        assert refusal(fetch(ask(url), closed)).reason == "guard"
        assert site.log == []
        opened = FetchSettings(AGENT, allow_networks=("127.0.0.0/8",))
        assert got(fetch(ask(url), opened)).body == TEXT

    def test_the_address_that_was_checked_is_the_one_connected_to(self, site: Site) -> None:
        """A name that answers with a public address first and with loopback ever after (DNS rebinding)."""
        answers = itertools.chain(["198.41.0.4"], itertools.repeat("127.0.0.1"))
        asked: list[str] = []

        async def rebinding(host: str) -> list[Address]:
            asked.append(host)
            return [ip_address(next(answers))]

        closed = FetchSettings(AGENT, allowed_ports=(site.port,), timeout_s=0.5)
        outcomes = with_fetcher(
            lambda fetcher: one_after_another(fetcher, [ask(f"http://a.example:{site.port}/", obey_robots=False)] * 3),
            closed,
            lookup=rebinding,
        )
        assert {refusal(outcome).reason for outcome in outcomes} <= {"timeout", "connect_refused"}
        assert asked == ["a.example"]
        assert site.log == []

    def test_a_name_for_loopback_is_not_fetched(self, site: Site) -> None:
        async def inside(host: str) -> list[Address]:
            return [ip_address("127.0.0.1"), ip_address("::1")]

        closed = FetchSettings(AGENT, allowed_ports=(site.port,))
        assert refusal(fetch(ask(f"http://a.example:{site.port}/"), closed, lookup=inside)).reason == "guard"
        opened = FetchSettings(AGENT, allow_networks=("127.0.0.1",))
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask(f"http://a.example:{site.port}/"), opened, lookup=inside)).body == TEXT
        assert [path for path, _ in site.log] == ["/robots.txt", "/"]

    def test_a_proxy_of_the_environment_is_not_used(
        self, site: Site, other: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask("http://a.example/"), settings(site))).body == TEXT
        assert other.log == []

    @pytest.mark.parametrize("url", ["file:///etc/hostname", "data:text/plain,a", "s3://bucket/key", "a.example", ""])
    def test_other_schemes(self, url: str) -> None:
        assert refusal(fetch(ask(url), FetchSettings(AGENT))).reason in {"guard", "bad_url"}

    @pytest.mark.parametrize(
        "url",
        ["http://", "http:a", "http://a.example:/", "http://a.example/\x00", "http://a.example/\ud800", "http://\u2603/",
         "http://" + "\u00fc" * 70 + ".example/", "http://%41.example/", "http://a.example%00.b.example/",
         "http://a.example\\@127.0.0.1/", "http://[::1%25lo]/", "http://[v1.a]/", "http://a.example:٨٠/", "https://.",
         "https://a_b.example/", "https://xn--/", "https://\u2603.example/", "https://-a-.example/"],
    )  # fmt: skip
    def test_every_text_has_an_outcome(self, url: str) -> None:
        async def nowhere(host: str) -> list[Address]:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")

        assert refusal(fetch(ask(url), FetchSettings(AGENT), lookup=nowhere)).reason in {"guard", "bad_url", "dns"}

    def test_a_resolve_rule_that_can_not_be_read(self) -> None:
        with pytest.raises(ConfigError, match="localhost"):
            fetch(ask("http://a.example/"), FetchSettings(AGENT, resolve=("a.example=localhost:80",)))


class TestTls:
    @pytest.fixture
    def secure(self, tmp_path: Path) -> Iterator[Site]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        write_certificate(tmp_path / "roots.pem", tmp_path / "key.pem", "a.example")
        context.load_cert_chain(tmp_path / "roots.pem", tmp_path / "key.pem")
        server = Site(context)
        yield server
        server.close()

    def test_a_certificate_is_checked_against_the_urls_host(
        self, secure: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the context factory that Scrapy has by default, the untrusted one was fetched."""
        secure.pages["/"] = page(TEXT)
        rules = (f"a.example=127.0.0.1:{secure.port}", f"b.example=127.0.0.1:{secure.port}")
        where = FetchSettings(AGENT, resolve=rules)
        untrusted = refusal(fetch(ask("https://a.example/", obey_robots=False), where))
        assert (untrusted.reason, secure.log) == ("tls_self_signed", [])
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
        assert got(fetch(ask("https://a.example/", obey_robots=False), where)).body == TEXT
        assert refusal(fetch(ask("https://b.example/", obey_robots=False), where)).reason == "tls_wrong_name"
        assert secure.paths == ["/"]

    @pytest.mark.parametrize("obey_robots", [True, False])
    @pytest.mark.parametrize(
        "reason",
        ["tls_self_signed", "tls_untrusted", "tls_wrong_name", "tls_expired",
         "tls_not_yet_valid", "tls_old_protocol"],
    )  # fmt: skip
    def test_each_failure_has_a_reason_of_its_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str, obey_robots: bool
    ) -> None:
        """With robots.txt in the way, all of them were robots_unreachable (no answer)."""
        context = failing_server(tmp_path, reason)
        if reason != "tls_untrusted":
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        server = Site(context)
        try:
            where = FetchSettings(AGENT, resolve=(f"a.example=127.0.0.1:{server.port}",))
            found = refusal(fetch(ask("https://a.example/page", obey_robots=obey_robots), where))
        finally:
            server.close()
        assert (found.reason, found.is_temporary, server.log) == (reason, True, [])
        assert (found.retry_after is not None) is obey_robots

    @pytest.mark.parametrize(
        ("fault", "words"),
        [("tls_expired", "it expired on "), ("tls_not_yet_valid", "it is not valid before "),
         ("tls_wrong_name", "it is for b.example, not for a.example")],
    )  # fmt: skip
    def test_all_faults_of_a_certificate_are_named(self, tmp_path: Path, fault: str, words: str) -> None:
        """OpenSSL stops at the first: a certificate that is untrusted, too, seemed to be nothing but that."""
        server = Site(failing_server(tmp_path, fault, sends_issuer=False))
        try:
            where = FetchSettings(AGENT, resolve=(f"a.example=127.0.0.1:{server.port}",))
            found = refusal(fetch(ask("https://a.example/", obey_robots=False), where))
        finally:
            server.close()
        assert found.reason == "tls_untrusted"
        assert words in found.detail

    def test_a_name_with_an_underscore_or_a_trailing_dot_is_reached(
        self, secure: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By Twisted's own options the underscore was an InvalidCodepoint of IDNA."""
        secure.pages["/"] = page(TEXT)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
        where = FetchSettings(AGENT, resolve=(f"*.a.example=127.0.0.1:{secure.port}",))
        for host in ("under_score.a.example", "b.a.example."):
            assert got(fetch(ask(f"https://{host}/", obey_robots=False), where)).body == TEXT

    def test_plain_http_where_tls_is_expected(self, site: Site) -> None:
        assert refusal(fetch(ask("https://a.example/", obey_robots=False), settings(site))).reason == "tls"


def write_certificate(certificate: Path, key_file: Path, host: str) -> None:
    """A certificate for the host and those below it, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host), x509.DNSName(f"*.{host}")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def failing_server(folder: Path, reason: str, *, sends_issuer: bool = True) -> ssl.SSLContext:
    """A server whose handshake fails for this reason with a client that trusts root.pem."""
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)

    def issue(name: str, issuer: str, by: Any, key: Any, begins: dt.datetime, ends: dt.datetime, ca: bool) -> bytes:
        subject, signer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in (name, issuer))
        return (
            x509.CertificateBuilder(signer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(by, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    root, middle, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root_pem = issue("Root", "Root", root, root, now - 9 * day, now + day, True)
    chain = issue("Middle", "Root", root, middle, now - 9 * day, now + day, True)
    name = "b.example" if reason == "tls_wrong_name" else "a.example"
    begins = now + day if reason == "tls_not_yet_valid" else now - 9 * day
    ends = now - day if reason == "tls_expired" else now + 2 * day
    is_own = reason == "tls_self_signed"
    leaf = issue(name, name if is_own else "Middle", key if is_own else middle, key, begins, ends, False)
    if reason == "tls_untrusted":
        chain += root_pem
    (folder / "root.pem").write_bytes(root_pem)
    (folder / "leaf.pem").write_bytes(leaf if is_own or not sends_issuer else leaf + chain)
    (folder / "leaf.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if reason == "tls_old_protocol":
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    return context
