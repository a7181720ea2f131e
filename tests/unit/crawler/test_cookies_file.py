"""A cookies.txt: what is read of it, and which clear error anything else gets."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.access.cookies_file import CookiesFileError, cookies_for, read_cookies

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LATER, BEFORE = int(NOW.timestamp()) + 3600, int(NOW.timestamp()) - 3600


def line(**changed: str) -> str:
    fields = {"domain": ".post.test", "all": "TRUE", "path": "/", "secure": "FALSE", "expires": str(LATER)}
    return "\t".join(({**fields, "name": "session", "value": "w0rd"} | changed).values())


def sent(content: bytes, *, site: str = "post.test") -> list[tuple[str, str]]:
    return [(one.name, one.value) for one in cookies_for(read_cookies(content), site, now=NOW).usable]


@pytest.mark.parametrize(
    "content",
    [
        f"# Netscape HTTP Cookie File\n\n{line()}\n",
        f"{line()}",
        f"#HttpOnly_{line()}\n# a comment\n",
        f"\ufeff# Netscape\r\n{line()}\r\n",
        line(expires="0"),
        line(expires=""),
        line(expires="Session"),
        line(expires="2099-12-31T00:00:00.000Z"),
        line(expires="Thu, 31 Dec 2099 23:59:59 GMT"),
        line(expires="Thu, 31-Dec-2099 23:59:59 GMT"),
        line(expires=f"{LATER}.25"),
        line(all="true", secure="false"),
        line(domain="post.test"),
        line(domain=".POST.test"),
    ],
)
def test_what_writers_of_the_format_write(content: str) -> None:
    assert sent(content.encode()) == [("session", "w0rd")]


def test_values_go_out_as_they_are() -> None:
    assert sent(line(value="a=b c").encode()) == [("session", "a=b c")]
    assert sent(line(value="é").encode()) == [("session", "é".encode().decode("latin-1"))]
    assert sent(line().removesuffix("\tw0rd").encode()) == [("session", "")], "without a last field"


def test_expired_cookies_and_those_of_others_are_counted_and_not_sent() -> None:
    lines = [line(), line(name="old", expires=str(BEFORE)), line(domain=".other.test"), line(domain="test")]
    found = cookies_for(read_cookies("\n".join(lines).encode()), "post.test", now=NOW)
    assert [one.name for one in found.usable] == ["session"]
    assert (found.expired, found.others) == (1, 2)
    assert found.note == "1 of its 2 cookies has expired"
    gone = cookies_for(read_cookies(line(expires=str(BEFORE)).encode()), "post.test", now=NOW)
    assert gone.note == "its cookie for this site has expired; sign in and export the cookies again"
    assert "no cookie for this site" in cookies_for(read_cookies(line().encode()), "bay.test", now=NOW).note


def test_no_cookie_is_for_all_sites_below_a_public_suffix() -> None:
    (wide,) = read_cookies(line(domain=".co.uk").encode())
    assert not wide.cookie.goes_to("https", "post.co.uk", "/")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it holds no cookie"),
        (b"# Netscape HTTP Cookie File\n", "it holds no cookie"),
        (line().replace("\t", " ").encode(), "line 1 has 1 of 7 fields with tabs"),
        (f"# x\n\n{line()}\tmore".encode(), "line 3 has 8 of 7 fields"),
        (line(value="c4n4ry\rX-Evil: 1").encode(), "line 1 has a control character"),
        (line(value="c4n4ry\x00").encode(), "control character"),
        (line(value="c4n4ry\nSet-Cookie: a").encode(), "line 2 has 1 of 7"),
        (line(value="c4n4ry; other=1").encode(), "that no cookie can have"),
        (line(value="c4n4ry" * 1000).encode(), "that no cookie can have"),
        (line(name="", value="").encode(), "that no cookie can have"),
        (line(expires="c4n4ry").encode(), "expiry that is neither"),
        (line(expires="nan").encode(), "expiry that is neither"),
        (line(expires="Thu, 41 Dec 2099").encode(), "expiry that is neither"),
        (line(secure="c4n4ry").encode(), "neither TRUE nor FALSE"),
        (line(path="c4n4ry").encode(), "a domain, a flag and a path"),
        (line(domain="c4n4ry/").encode(), "a domain, a flag and a path"),
        (line().encode("utf-16"), "UTF-16: save it as UTF-8"),
        (line().encode("utf-16-le"), "UTF-16: save it as UTF-8"),
        (line(value="é").encode("latin-1"), "not a text in UTF-8"),
        (b'[{"domain": "c4n4ry"}]', "it is JSON"),
        (b"x" * 10_000_000, "larger than 4 MB"),
        (b"c4n4ry\n" * 100_000, "and 99997 more lines"),
    ],
)
def test_anything_else_is_a_clear_error_that_repeats_no_value(content: bytes, said: str) -> None:
    with pytest.raises(CookiesFileError) as caught:
        read_cookies(content)
    assert said in str(caught.value)
    assert "c4n4ry" not in str(caught.value)


def test_tabs_and_spaces_at_the_end_of_a_line_are_not_part_of_the_cookie() -> None:
    line = ".post.example\tTRUE\t/\tFALSE\t0\tsession\tabcdef"
    expected = read_cookies(line.encode())
    assert read_cookies(f"{line}\t\n".encode()) == expected
    assert read_cookies(f"{line} \n".encode()) == expected
