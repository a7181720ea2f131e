"""Which reason a failed connection or TLS handshake has; pure."""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
from collections.abc import Sequence

from cryptography import x509
from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error as twisted_error
from twisted.web._newclient import ParseError, ResponseNeverReceived

from crawler.exchange import NoFetch
from crawler.politeness.own_limits import OWN_LIMITS, own_limit

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN, errno.EHOSTDOWN}
_NO_ISSUER = ("tls_untrusted", "its issuer is not trusted, and the issuer's own certificate was not sent")
_CERTIFICATE = {
    2: _NO_ISSUER,
    9: ("tls_not_yet_valid", "a certificate is not valid yet"),
    10: ("tls_expired", "a certificate has expired"),
    18: ("tls_self_signed", "the certificate is self-signed"),
    19: ("tls_untrusted", "the certificate leads to an authority that this machine does not trust"),
    20: _NO_ISSUER,
    21: _NO_ISSUER,
    23: ("tls_revoked", "a certificate was revoked"),
}
"""Reasons by the numbers of OpenSSL's verification (x509_vfy.h, stable since 1.0)."""
_OLD_PROTOCOL = re.compile(r"unsupported protocol|alert protocol version|no protocols available", re.IGNORECASE)
_IN_PLAIN_WORDS = {
    "wrong version number": "it answers without TLS: its address may begin with http://",
    "http request": "it answers without TLS: its address may begin with http://",
    "certificate required": "it asks for a certificate of ours",
}
"""What OpenSSL's words for a failed handshake mean, by their ends."""


class CertificateRefused(Exception):
    """A certificate of the chain is not accepted: OpenSSL's number for the cause, the issuer's name, the certificate.

    `also` says what else is wrong with it: OpenSSL stops at the first fault.
    """

    def __init__(
        self, code: int, issuer: str, certificate: x509.Certificate | None = None, also: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code, issuer)
        self.code = code
        self.issuer = issuer
        self.certificate = certificate
        self.also = also

    @property
    def failure(self) -> NoFetch:
        """Reason and detail."""
        unknown = ("tls", f"a certificate is not accepted (OpenSSL: {self.code})")
        reason, detail = _CERTIFICATE.get(self.code, unknown)
        named = f"{detail} (issuer: {self.issuer})" if self.issuer else detail
        return NoFetch(reason, "; ".join((named, *self.also)))

    @property
    def detail(self) -> str:
        """What is wrong with it."""
        return self.failure.detail


def further_faults(certificate: x509.Certificate, host: str, code: int, *, now: dt.datetime) -> tuple[str, ...]:
    """What is wrong with a host's certificate besides the fault that OpenSSL stopped at: its times, its names."""
    reason = _CERTIFICATE.get(code, ("", ""))[0]
    faults = []
    if now > certificate.not_valid_after_utc and reason != "tls_expired":
        faults.append(f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if now < certificate.not_valid_before_utc and reason != "tls_not_yet_valid":
        faults.append(f"it is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}")
    names = _names(certificate)
    if names and not any(_covers(name, host.lower()) for name in names):
        faults.append(f"it is for {', '.join(names[:3])}, not for {host}"[:300])
    return tuple(faults)


def _names(certificate: x509.Certificate) -> list[str]:
    """The hosts that a certificate is for; none where they can't be read."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    addresses = found.get_values_for_type(x509.IPAddress)
    return [*map(str.lower, found.get_values_for_type(x509.DNSName)), *map(str, addresses)]


def _covers(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and name[1:] == host[host.find(".") :])


def connect_failure(error: Exception, address: str) -> NoFetch:
    """The reason why no connection to an address could be made."""
    number = getattr(error, "osError", None) or getattr(error, "errno", None)
    if number in OWN_LIMITS:
        return own_limit(os.strerror(number))
    if isinstance(error, twisted_error.ConnectionRefusedError) or number == errno.ECONNREFUSED:
        return NoFetch("connect_refused", f"{address} refused the connection")
    if isinstance(error, twisted_error.NoRouteError) or number in _NO_ROUTE:
        return NoFetch("connect_no_route", f"there is no route to {address}")
    return NoFetch("connect", str(error))


def silent_failure(causes: Sequence[BaseException], url: str) -> NoFetch | None:
    """The reason of a connection that ended before the head of an answer came; None for other causes."""
    if (broken := next((cause for cause in causes if isinstance(cause, ParseError)), None)) is not None:
        return NoFetch("bad_response", f"the answer begins with {broken.args[-1]!r:.100}")
    if not isinstance(causes[0], ResponseNeverReceived):
        return None
    when = "during the TLS handshake, or before it answered" if url.startswith("https:") else "before it answered"
    if any(isinstance(cause, twisted_error.ConnectionLost) for cause in causes):
        return NoFetch("connect_reset", f"it broke off the connection {when}")
    if any(isinstance(cause, twisted_error.ConnectionClosed) for cause in causes):
        return NoFetch("connect_closed", f"it closed the connection {when}")
    return None


def tls_failure(causes: Sequence[BaseException]) -> NoFetch:
    """The reason of a TLS handshake that failed for these causes."""
    for cause in causes:
        if isinstance(cause, VerificationError):
            return NoFetch("tls_wrong_name", "the certificate is for another host")
        if isinstance(cause, CertificateRefused):
            return cause.failure
        if isinstance(cause, SSL.Error) and cause.args and cause.args[0]:
            detail = str(cause.args[0][0][-1])
            plain = next((said for end, said in _IN_PLAIN_WORDS.items() if detail.endswith(end)), detail)
            return NoFetch("tls_old_protocol" if _OLD_PROTOCOL.search(detail) else "tls", plain)
    return NoFetch("tls", "the handshake failed")


def is_of_connection(reason: str) -> bool:
    """Whether this reason says that the host can't be talked to at all, whichever URL is asked for."""
    return reason in {"timeout", "tls", "connect", "bad_response"} or reason.startswith(("tls_", "connect_"))
