"""Certificates that only one source trusts, and issuers that a server does not send."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from crawler.fetch.settings import FetchSettings
from dateline.types.source import Access
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
    with_fetcher,
)

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
NOW, DAY = dt.datetime.now(dt.UTC), dt.timedelta(days=1)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(DER)


def issue(name: str, by: Signed | None = None, *, ca: bool = True, aia: str | None = None) -> Signed:
    """A certificate, signed by another or by itself; `aia` is where its issuer's is."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder(by.certificate.subject if by else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if aia:
        place = x509.UniformResourceIdentifier(aia)
        access = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)


@contextmanager
def serving(folder: Path, *chain: Signed) -> Iterator[Site]:
    """A server that sends these certificates, its own first."""
    (folder / "chain.pem").write_text("".join(one.pem for one in chain))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(chain[0].key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    site = Site(context)
    site.pages["/"] = page(TEXT)
    try:
        yield site
    finally:
        site.close()


def where(site: Site, *more: str, **changes: Any) -> FetchSettings:
    return FetchSettings(AGENT, resolve=(f"*.example=127.0.0.1:{site.port}", *more), **changes)


@pytest.mark.parametrize("obey_robots", [True, False])
@pytest.mark.parametrize("is_leaf", [True, False])
def test_a_source_may_trust_an_authority_or_a_certificate_of_its_own(
    tmp_path: Path, is_leaf: bool, obey_robots: bool
) -> None:
    root = issue("Desk CA")
    leaf = issue("a.example", None if is_leaf else root, ca=False)
    with serving(tmp_path, leaf) as site:
        own = leaf.pem if is_leaf else root.pem
        asked = ask("https://a.example/", access=Access(ca=own), obey_robots=obey_robots)
        others = ask("https://a.example/", obey_robots=obey_robots)

        async def scene(fetcher: Any) -> Any:
            return await one_after_another(fetcher, [others, asked, others, asked])

        before, first, between, last = with_fetcher(scene, where(site))
    assert got(first).body == got(last).body == TEXT
    assert refusal(before).reason.startswith("tls_")
    if not obey_robots:
        assert refusal(between).reason.startswith("tls_"), "a connection of the one source is not used for another"


def test_an_own_certificate_does_not_excuse_a_wrong_name_or_another_certificate(tmp_path: Path) -> None:
    root, other = issue("Desk CA"), issue("Other CA")
    with serving(tmp_path, issue("b.example", root, ca=False)) as site:
        wrong_name = fetch(ask("https://a.example/", access=Access(ca=root.pem), obey_robots=False), where(site))
        wrong_root = fetch(ask("https://b.example/", access=Access(ca=other.pem), obey_robots=False), where(site))
    assert refusal(wrong_name).reason == "tls_wrong_name"
    assert refusal(wrong_root).reason == "tls_untrusted"
    assert site.log == []


def test_an_own_certificate_counts_for_the_sources_site_only(tmp_path: Path) -> None:
    """A redirect to another site is under the system's authorities again."""
    root = issue("Desk CA")
    with serving(tmp_path, issue("b.example", root, ca=False)) as secure:
        plain = Site()
        plain.pages["/"] = moved("https://b.example/")
        rules = FetchSettings(
            AGENT, resolve=(f"a.example=127.0.0.1:{plain.port}", f"b.example=127.0.0.1:{secure.port}")
        )
        outcome = fetch(ask("http://a.example/", access=Access(ca=root.pem), obey_robots=False), rules)
        plain.close()
    assert refusal(outcome).reason.startswith("tls_")


def as_pkcs7(one: Signed) -> bytes:
    return pkcs7.serialize_certificates([one.certificate], DER)


@pytest.mark.parametrize("form", [lambda one: one.der, lambda one: one.pem.encode(), as_pkcs7])
def test_a_missing_issuer_is_fetched_from_where_the_certificate_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Callable[[Signed], bytes]
) -> None:
    files = Site()
    root = issue("Root")
    upper = issue("Upper", root)
    lower = issue("Lower", upper, aia="http://ca.test/upper.crt")
    leaf = issue("a.example", lower, ca=False, aia="http://ca.test/lower.crt")
    files.pages |= {"/lower.crt": page(form(lower)), "/upper.crt": page(form(upper))}
    (tmp_path / "root.pem").write_text(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    with serving(tmp_path, leaf) as site:
        asked = ask("https://a.example/", obey_robots=False)

        async def scene(fetcher: Any) -> Any:
            return await one_after_another(fetcher, [asked, asked])

        outcomes = with_fetcher(scene, where(site, f"ca.test=127.0.0.1:{files.port}"))
    files.close()
    assert [got(one).body for one in outcomes] == [TEXT, TEXT]
    assert files.paths == ["/lower.crt", "/upper.crt"]


@pytest.mark.parametrize(
    ("place", "answer", "reason", "said"),
    [
        (None, b"", "tls_untrusted", "names no address"),
        ("http://ca.test/lower.crt", page(b"rubbish"), "tls_incomplete_chain", "can't be fetched"),
        ("http://ca.test/lower.crt", page(b"gone", status=404), "tls_incomplete_chain", "http_404"),
        ("http://ca.test/lower.crt", page(b"x" * 100_000), "tls_incomplete_chain", "can't be fetched"),
        ("http://127.0.0.1/lower.crt", b"", "tls_incomplete_chain", "not a public address"),
        ("http://localhost:5432/lower.crt", b"", "tls_incomplete_chain", "can't be fetched"),
        ("file:///etc/passwd", b"", "tls_untrusted", "names no address"),
        ("https://ca.test/lower.crt", b"", "tls_untrusted", "names no address"),
    ],
)
def test_an_issuer_that_can_not_be_had_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None, answer: bytes, reason: str, said: str
) -> None:
    files = Site()
    root = issue("Root")
    leaf = issue("a.example", issue("Lower", root), ca=False, aia=place)
    files.pages["/lower.crt"] = answer
    (tmp_path / "root.pem").write_text(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    with serving(tmp_path, leaf) as site:
        asked = ask("https://a.example/", obey_robots=False)
        outcome = refusal(fetch(asked, where(site, f"ca.test=127.0.0.1:{files.port}")))
    files.close()
    assert (outcome.reason, outcome.is_temporary) == (reason, True)
    assert "issuer: CN=Lower" in outcome.detail
    assert said in outcome.detail


def test_a_fetched_issuer_is_not_trusted_by_itself(tmp_path: Path) -> None:
    """The attacker's own authority, behind an address that he names."""
    files = Site()
    lower = issue("Lower", issue("Attacker"))
    leaf = issue("a.example", lower, ca=False, aia="http://ca.test/lower.crt")
    files.pages["/lower.crt"] = page(lower.der)
    with serving(tmp_path, leaf) as site:
        asked = ask("https://a.example/", obey_robots=False)
        outcome = refusal(fetch(asked, where(site, f"ca.test=127.0.0.1:{files.port}")))
    files.close()
    assert outcome.reason == "tls_untrusted"
    assert site.log == []
