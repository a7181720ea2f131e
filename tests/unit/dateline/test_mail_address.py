"""Mail addresses: what is accepted, and what can never be."""

from __future__ import annotations

import pytest

from dateline.errors import UsageError
from dateline.mail_address import mail_address, sender


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("ada@desk.example", "ada@desk.example"),
        (" Ada.Lund+news@DESK.example ", "Ada.Lund+news@desk.example"),
        ("root@localhost", "root@localhost"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("o'brien@desk.example", "o'brien@desk.example"),
    ],
)
def test_addresses_are_read(text: str, means: str) -> None:
    assert mail_address(text) == means


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "ada", "ada@", "@desk.example", "ada@@desk.example", "ada desk@desk.example", "ada@desk..example",
        "ada@-desk.example", "ada@desk.example\r\nBcc: eve@evil.test", "ada@desk.example\nRCPT TO:<eve@evil.test>",
        "a@b.example, c@d.example", "Ada <ada@desk.example>", "\"a b\"@desk.example", "ada@[127.0.0.1]", "ädä@desk.example",
        ".ada@desk.example", "ada.@desk.example", "a" * 65 + "@desk.example", "a@" + "b" * 64 + ".example",
        "a@" + ".".join(["bbbbbbbb"] * 32), "ada\x00@desk.example", "a@b\u3002\r\nc", "a>@desk.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        mail_address(text)


def test_a_sender_may_have_a_name() -> None:
    assert str(sender("Küsten-News <news@desk.example>")) == "Küsten-News <news@desk.example>"
    assert sender("news@desk.example").addr_spec == "news@desk.example"


@pytest.mark.parametrize(
    "text", ["News\r\nBcc: a@b.example <news@desk.example>", "News <>", "News", "<a@b.example> <c@d.example>x@"]
)
def test_a_sender_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        sender(text)
