"""Fetches the certificate of an issuer that a server should have sent, from the address in the certificate it did send.

That address is the certificate's Authority Information Access (RFC 5280, 4.2.2.1). What is fetched is not trusted by itself: the
chain must still lead to a trusted authority. The network guard holds for it as for pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import pkcs7
from twisted.web.http_headers import Headers

from crawler.exchange import NoFetch
from crawler.fetch.connection_failures import CertificateRefused
from crawler.fetch.http_parser import BodyReader
from crawler.politeness.guard import GuardRules, check_url

MOST_ISSUERS = 3
"""Certificates that may be missing in one chain."""
_MOST_BYTES = 64 * 1024
_MOST_PLACES = 2
_MISSING = frozenset({2, 20, 21})
"""OpenSSL's numbers for an issuer that is not there (x509_vfy.h)."""


def missing_issuer(causes: Sequence[BaseException]) -> CertificateRefused | None:
    """The refused certificate whose issuer was not sent, if that is why a handshake failed."""
    refused = [cause for cause in causes if isinstance(cause, CertificateRefused)]
    return next((one for one in refused if one.code in _MISSING and one.certificate is not None), None)


async def fetch_issuer(agent: Any, refused: CertificateRefused, rules: GuardRules) -> x509.Certificate:
    """The issuer's certificate; NoFetch says why there is none.

    An authority on the web is named by an address (CA/Browser Forum, 7.1.2.7.7): without one it is somebody's own.
    """
    certificate = refused.certificate
    places = issuer_places(certificate) if certificate else ()
    why = f"{refused.detail}; the certificate names no address for it"
    for url in places[:_MOST_PLACES]:
        try:
            for issuer in certificates(await _get(agent, url, rules)):
                if certificate and _has_issued(issuer, certificate):
                    return issuer
            why = f"{refused.detail}; what {url} answers is not that certificate"
        except Exception as error:  # a stranger's address: whatever goes wrong there, the handshake has failed
            why = f"{refused.detail}; it can't be fetched from {url}: {error}"
    raise NoFetch("tls_incomplete_chain" if places else "tls_untrusted", why[:500])


def issuer_places(certificate: x509.Certificate) -> tuple[str, ...]:
    """The http addresses at which the certificate says its issuer's is."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    issuers = x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
    found = (one.access_location for one in access if one.access_method == issuers)
    urls = (str(one.value) for one in found if isinstance(one, x509.UniformResourceIdentifier))
    return tuple(url for url in urls if url.lower().startswith("http://") and url.isascii())


def certificates(content: bytes) -> Iterator[x509.Certificate]:
    """The certificates in a file: DER, PEM or PKCS #7."""
    if content.lstrip().startswith(b"-----BEGIN"):
        yield from x509.load_pem_x509_certificates(content)
        return
    try:
        yield x509.load_der_x509_certificate(content)
    except ValueError:
        yield from pkcs7.load_der_pkcs7_certificates(content)


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False


async def _get(agent: Any, url: str, rules: GuardRules) -> bytes:
    refusal = check_url(url, rules)
    if refusal is not None:
        raise NoFetch(refusal.reason, refusal.detail)
    answer = await agent.request(b"GET", url.encode("ascii"), Headers({})).asFuture(asyncio.get_running_loop())
    if answer.code != 200:
        answer.head.abort()
        raise NoFetch(f"http_{answer.code}")
    reader = BodyReader(answer.head, _MOST_BYTES)
    answer.deliverBody(reader)
    return (await reader.done).content
