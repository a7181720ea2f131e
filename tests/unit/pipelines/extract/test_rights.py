"""What a page states about its use: whose words count, in which form, and what they reserve."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from dateline.config.rules import RESERVATIONS
from dateline.types.article import Extraction, Hints
from dateline.types.rights import LONGEST_VALUE, MOST_STATEMENTS, Statement, preferences, reserved
from pipelines.extract.extract import extract_page

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://harbour.example/news/pier"
TEXT = "<p>The ferry crossed the harbour again on Monday, an hour late and half empty, as it had all winter.</p>" * 4


def read(head: str = "", *headers: tuple[str, str], site: tuple[Statement, ...] = ()) -> Extraction:
    page = f"<html lang=en><head><title>The pier</title>{head}</head><body><article><h1>The pier</h1>{TEXT}</article></body>"
    return extract_page(page.encode(), url=URL, hints=Hints(headers=headers, site_rights=site), now=NOW)


def stated(head: str = "", *headers: tuple[str, str]) -> set[tuple[str, str, str]]:
    return {(each.kind, each.value, each.origin) for each in read(head, *headers).rights}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("noarchive", {"noarchive"}),
        ("NOAI, NoImageAI", {"noai", "noimageai"}),
        ("none", {"noindex"}),
        ("all", set()),
        ("index, follow, max-snippet:-1, max-image-preview:large, max-video-preview:-1", set()),
        ("max-snippet: 0, nosnippet", {"max-snippet:0", "nosnippet"}),
        ("otherbot: noindex, nofollow", set()),
        ("otherbot: noindex, dateline: noarchive", {"noarchive"}),
        ("googlebot: noarchive, noai", {"noarchive", "noai"}),
        ("unavailable_after: 25 Jun 2026 15:00:00 PST", {"unavailable_after: 25 jun 2026 15:00:00 pst"}),
        (
            "unavailable_after: Thursday, 25-Jun-26 15:00:00 GMT, noarchive",
            {"unavailable_after: thursday, 25-jun-26 15:00:00 gmt", "noarchive"},
        ),
        (":,:,noai,,", {"noai"}),
        ("NoArchive; NOINDEX", {"noarchive", "noindex"}),
        ("noai noimageai", {"noai", "noimageai"}),
        ("otherbot: noindex; noarchive", set()),
        ("", set()),
    ],
)
def test_words_of_robots_for_us_that_limit_use(value: str, words: set[str]) -> None:
    assert {value for kind, value, _ in stated("", ("X-Robots-Tag", value)) if kind == "robots"} == words


def test_meta_tags_of_other_robots_are_theirs() -> None:
    head = '<meta name=robots content="noarchive"><meta name=gptbot content="noindex"><meta name=Googlebot content=nosnippet>'
    assert stated(head) == {("robots", "noarchive", "meta robots"), ("robots", "nosnippet", "meta googlebot")}


def test_structured_data_and_links_name_licence_and_holder() -> None:
    head = """<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",
      "headline": "The pier", "license": {"@type": "CreativeWork", "url": "https://harbour.example/licence"},
      "copyrightHolder": [{"@type": "Organization", "name": "Harbour Post"}, {"@id": "#agency"}],
      "isAccessibleForFree": "False"}</script>
      <script type="application/ld+json">{"@type": "Organization", "@id": "#agency", "name": "Coast Agency"}</script>
      <link rel="license" type="application/rsl+xml" href="/rsl.xml"><link rel=license href="https://open.example/by/4.0/">"""
    link = ("Link", '</rsl2.xml>; rel="license"; type="application/rsl+xml", </style.css>; rel=stylesheet')
    found = stated(head, link)
    assert found == {
        ("license", "https://harbour.example/licence", "json-ld"),
        ("copyrightHolder", "Harbour Post", "json-ld"),
        ("copyrightHolder", "Coast Agency", "json-ld"),
        ("isAccessibleForFree", "false", "json-ld or meta"),
        ("rsl", "https://harbour.example/rsl.xml", "link"),
        ("license", "https://open.example/by/4.0/", "link"),
        ("rsl", "https://harbour.example/rsl2.xml", "Link"),
    }


@pytest.mark.parametrize(
    ("head", "header", "found"),
    [
        (
            "",
            '</l.xml>; rel="alternate license"; type="application/rsl+xml"',
            ("rsl", "https://harbour.example/l.xml", "Link"),
        ),
        ("", "</by>; title=x; rel=license", ("license", "https://harbour.example/by", "Link")),
        ("", "</by>; rel=no-license", None),
        ("<meta name=tdm-policy content='/p.json'>", "", ("tdm-policy", "https://harbour.example/p.json", "meta")),
        ("<script type='application/rsl+xml'><rsl><content url='/'/></rsl></script>", "", ("rsl", URL, "link")),
        (
            "<footer><a rel='license' href='/by'>CC BY</a></footer>",
            "",
            ("license", "https://harbour.example/by", "link"),
        ),
        ("<figure><figcaption><a rel=license href=/by>CC BY</a></figcaption></figure>", "", None),
        ("<div class='photo-credit'><a rel=license href=/by>CC BY</a></div>", "", None),
    ],
)
def test_licences_are_found_in_every_usual_place(head: str, header: str, found: tuple[str, str, str] | None) -> None:
    assert stated(head, *([("Link", header)] if header else [])) == ({found} if found else set())


def test_preferences_of_headers_are_read_one_by_one() -> None:
    headers = (("Content-Usage", "train-ai=n, search=y"), ("content-signal", "ai-train=no;ai-input=yes"))
    found = stated("", *headers)
    assert {(kind, value) for kind, value, _ in found} == {
        ("content-usage", "train-ai=n"),
        ("content-usage", "search=y"),
        ("content-signal", "ai-train=no"),
        ("content-signal", "ai-input=yes"),
    }
    assert read("", *headers).directives == ("no-ai-train",)


@pytest.mark.parametrize(
    ("meta", "header", "file", "is_reserved"),
    [
        (None, None, None, False),
        (None, None, "1", True),
        (None, "0", "1", False),
        (None, "1", "0", True),
        ("0", "1", "1", False),
        ("1", "0", None, True),
        ("yes", None, None, False),
        ("yes", "1", None, True),
    ],
)
def test_the_nearest_statement_on_mining_counts(
    meta: str | None, header: str | None, file: str | None, is_reserved: bool
) -> None:
    head = f'<meta name="TDM-Reservation" content="{meta}">' if meta else ""
    headers = (("TDM-Reservation", header),) if header else ()
    site = (Statement("tdm-reservation", file, "tdmrep.json"),) if file else ()
    found = read(head, *headers, site=site)
    assert ("tdm-reservation" in found.directives) is is_reserved


def test_all_that_can_be_reserved_can_be_obeyed() -> None:
    words = ("noai", "noarchive", "nocache", "noimageai", "noindex", "nosnippet")
    statements = [Statement("robots", word, "meta robots") for word in words]
    statements += [Statement("tdm-reservation", "1", "meta"), Statement("rsl", "https://x.example/rsl", "robots.txt")]
    uses = "ai-train=no, ai-input=no, search=no, bots=n, other=no"
    statements += preferences("content-usage", uses, "robots.txt")
    assert reserved(statements) == RESERVATIONS
    assert reserved(preferences("content-signal", "ai-train=yes, search=yes, ai-input=allow", "robots.txt")) == ()


def test_hostile_statements_are_bounded_and_clean() -> None:
    began = time.process_time()
    head = (
        f'<meta name=tdm-policy content="https://x.example/{"é" * 9000}\x07\u202e">'
        + '<link rel="license" href="/a">' * 999
    )
    headers = [("x-robots-tag", "a:" * 50_000), ("link", "<" * 50_000), ("content-usage", "a=b," * 50_000)]
    headers += [("x-robots-tag", f"unavailable_after: {n}") for n in range(500)]
    found = read(head, *headers).rights
    assert len(found) <= MOST_STATEMENTS
    assert all(len(each.value) <= LONGEST_VALUE and each.value.isprintable() for each in found)
    assert time.process_time() - began < 2
