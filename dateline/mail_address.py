"""Mail addresses that are safe in a header and on a command line. Pure."""

from __future__ import annotations

import re
from email.headerregistry import Address

from dateline.errors import UsageError

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""dot-atom (RFC 5322, 3.2.3); quoted local parts are legal, rare, and a way to smuggle characters in."""
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_SENDER = re.compile(r"(?:(?P<name>[^<>\x00-\x1f\x7f]*)<)?(?P<spec>[^<>\s]+)(?(name)>)")
SEVERITIES = ("critical", "warning", "notice")
"""Of alarms, the most severe first."""
LONGEST = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""
EXAMPLE = "it takes a mail address such as desk@example.org"


def mail_address(text: str) -> str:
    """The address with its domain in lower-case ASCII (IDNA); a UsageError for anything that is none."""
    local, at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower() if not domain.isascii() else domain.lower()
    except UnicodeError as error:
        raise UsageError(f"{text!r} is not a mail address: its domain is not valid", subject=text) from error
    is_domain = all(_LABEL.fullmatch(label) for label in ascii_domain.split("."))
    if not (at and len(local) <= 64 and _LOCAL.fullmatch(local) and is_domain):
        raise UsageError(f"{text!r} is not a mail address; {EXAMPLE}", subject=text)
    if len(local) + 1 + len(ascii_domain) > LONGEST:
        raise UsageError(f"{text[:40]!r}… is not a mail address: it is too long", subject=text)
    return f"{local}@{ascii_domain}"


def alarm_recipient(text: str) -> tuple[str, str]:
    """An address that gets alarms, and the least severity that it gets: `desk@example.org critical`; all without one."""
    address, *words = text.split() or [""]
    severity = words[0].lower() if words else SEVERITIES[-1]
    if len(words) > 1 or severity not in SEVERITIES:
        raise UsageError(f"{text!r}: after the address it takes one of {', '.join(SEVERITIES)}", subject=text)
    return mail_address(address), severity


def sender(text: str) -> Address:
    """An address with or without a name, such as `Dateline <news@example.org>`; a UsageError for anything that is none."""
    found = _SENDER.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is not a sender; {EXAMPLE} or Name <desk@example.org>", subject=text)
    return Address((found["name"] or "").strip().strip('"'), addr_spec=mail_address(found["spec"]))
