"""1,800 strings that people send to see what breaks: SQL, markup, templates, paths, formats, Unicode, lengths. Made, not copied.

Their kinds follow OWASP's testing guide (WSTG-INPV) and the usual lists of such strings.
"""

from __future__ import annotations

from itertools import product

SQL = (
    "' OR 1=1", "'; DROP TABLE dateline.article", "' UNION SELECT NULL,NULL", "1; DELETE FROM dateline.source",
    "admin'", "\\' OR 1=1", "' AND pg_sleep(9)", "1) OR (1=1", "$$;SELECT 1;$$", "E'\\x27'", "%(now)s", "%s%s%s",
    "'||'x", "1/0", "CAST(1 AS int)", "'; COPY (SELECT 1) TO PROGRAM 'id'", "::regclass", "'; SET ROLE postgres",
)  # fmt: skip
MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "{% include '/etc/passwd' %}", "<!--", "]]>", "&#x3C;", "</textarea>", "<%= 1 %>",
)  # fmt: skip
PLACES = (
    "../../etc/passwd", "//evil.example/", "http://[::1", "http://%zz", "file:///etc/hostname", "\\\\host\\share",
    "data:text/html,x",
)  # fmt: skip
FORMATS = (
    "%n%n%n", "%x", "{0.__class__}", "-1", "1e309", "NaN", "Infinity", "9" * 40, "0x10", "१२३", "²", "1,000", "-0",
    "٣",
)  # fmt: skip
UNICODE = (
    "\x00", "a\x00b", "\ufeff", "\u202egnp.exe", "Ǻ̂̃" * 3,
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\ue000x\ue001", "ﬁ ǆ", "田中さん", "\u200b",
    "\x1b[31m", "ทดสอบ", "\r\nSet-Cookie: x=1", "ß ẞ", "\U0010ffff", "\x7f", "İı",
)  # fmt: skip
QUERIES = (
    "(", ")", "((((((a", "\"", "\"a\"~", "title:", "date:..", "date:9999-99", "a AND", "OR OR", "NOT", "-", "lang:",
    "source:\"", "*", "copies:maybe", "story:x", "date:-7d", "a~99999", "kind:x,y", "& | !", "<->", "':*",
    "the and of",
)  # fmt: skip
ATOMS = (*SQL, *MARKUP, *PLACES, *FORMATS, *UNICODE, *QUERIES)

WRAPPERS = (
    "{}", "x{}", "{}x", "'{}", "{}'", "\"{}\"", "({})", "{};--", "{}/*", "title:{}", "{} OR a", "%{}%", " {} ",
    "{}\n{}", "a{}b{}c", "-{}", "[{}]", "date:{}", "{}{}{}{}", "http://example.org/{}",
)  # fmt: skip
LONG = ("a" * 5000, "a b " * 3000, "(" * 500, '"' * 501, "%00" * 300, "é" * 4000, "a OR " * 400, "\n" * 2000)


def naughty() -> list[str]:
    """The strings, each once."""
    made = [wrapper.replace("{}", atom) for wrapper, atom in product(WRAPPERS, ATOMS)]
    return list(dict.fromkeys([*LONG, *made]))


if __name__ == "__main__":
    print(len(naughty()))
