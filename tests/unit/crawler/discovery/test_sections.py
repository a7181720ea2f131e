"""Home and section pages: articles distinguished from navigation, and the scores of URL shapes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from crawler.discovery.discover import discover
from crawler.discovery.sections import section_links
from dateline.html import parse_html
from dateline.types.source import Discovery
from dateline.urls.article_url import score_url
from dateline.urls.link_score import LINK_POINTS, list_evidence, score_links

PAGES = Path(__file__).parent / "pages"
NOW = dt.datetime(2026, 5, 12, 12, tzinfo=dt.UTC)
HOME = "https://www.harbour.example/"


def read(name: str, url: str = HOME) -> Discovery:
    return discover((PAGES / name).read_bytes(), url=url, content_type="text/html", kind="auto", now=NOW)


def test_a_front_page_gives_its_articles_with_their_headlines() -> None:
    found = read("front_page.html")
    assert (found.found_kind, found.title, found.language) == (
        "home",
        "Harbour Courier – news from the waterfront",
        "en",
    )
    assert [(page.url.removeprefix("https://"), page.title) for page in found.candidates] == [
        ("www.harbour.example/port/old-bridge-opens-to-trams-again", "Old bridge opens to trams again"),
        ("www.harbour.example/2026/05/12/ferry/", "Ferries sail after a week of strike"),
        ("www.harbour.example/city-life/story-48213.html", "Market hall gets its clock back"),
        ("sailing.harbour.example/regatta-ends-in-a-calm", "Regatta ends in a calm"),
        ("www.harbour.example/unmoored/", "Unmoored: a summer on the quays of the old town"),
    ]
    assert {page.via for page in found.candidates} == {"section"}


def test_scripts_without_spaces_are_counted_in_characters() -> None:
    found = read("front_page_ja.html")
    assert [page.title for page in found.candidates] == [
        "古い橋が三年ぶりに開通、路面電車も戻る",
        "港の橋が開通した日の朝の風景を歩く",
    ]


def test_a_page_below_the_root_is_a_section() -> None:
    assert read("front_page.html", HOME + "port/").found_kind == "section"


def test_sections_are_the_plain_names_in_the_navigation() -> None:
    found = section_links((PAGES / "front_page.html").read_bytes(), url=HOME, content_type="text/html")
    paths = [urlsplit(url).path for url in found]
    assert {"/port/", "/city-life/", "/opinion/", "/sport/sailing/"} <= set(paths)
    assert not {"/login", "/subscribe", "/privacy-policy", "/port/page/2", "/unmoored/", "/contact", "/"} & set(paths)


def test_every_score_names_its_reasons() -> None:
    links = {
        urlsplit(link.url).path: link.score
        for link in score_links(parse_html((PAGES / "front_page.html").read_bytes()), HOME)
    }
    bridge = links["/port/old-bridge-opens-to-trams-again"]
    assert bridge.reasons == ("a long slug", "a headline's length", "a headline in a heading", "in an article element")
    assert bridge.points >= LINK_POINTS
    assert "a relation that no article has" in links["/author/ada-pell"].reasons
    assert "in navigation" in links["/city-life/"].reasons
    assert "paid for" in links["/sponsored-story-about-paint-for-boats-48300.html"].reasons


def test_the_best_score_of_several_links_to_a_url_counts() -> None:
    address = "/x/ferries-sail-again-today"
    page = f"<nav><a href={address}>Ferries</a></nav><h2><a href={address}>Ferries sail again today</a></h2>".encode()
    (link,) = score_links(parse_html(page), HOME)
    assert (link.title, link.score.points >= LINK_POINTS) == ("Ferries sail again today", True)


@pytest.mark.parametrize(
    "path",
    [
        "/2026/05/12/ferry/",
        "/2026/may/12/ferries-sail",
        "/news/2026-05-12-ferries",
        "/port/old-bridge-opens-to-trams",
        "/port/19852382/ferries",
        "/news/c4gj8qz0l2po",
        "/port/ferries-sail-48213.html",
        "/port/Ferries-sail,48213.html",
        "/articles/DA3S15901234.html",
        "/news/view.php?idxno=48213",
        "/?p=48213",
        "/weather/2026/05/12/storm-over-the-bay/",
        "/news/us/the-man-who-rowed-around-the-bay/ar-BBxyz",
        "/" + quote("новости/мост-через-реку-открыли-утром"),
        "/" + quote("港の橋が開通した日の朝の風景"),
        "/7120a6cf-cf67-4e01-9f15-f73f114e8d27",
    ],
)
def test_the_path_of_an_article_scores_two_points_or_more(path: str) -> None:
    score = score_url("https://harbour.example" + path)
    assert score.points >= 2, score


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/sport/", "/world/middle-east/", "/science-and-environment", "/news", "/en/news/", "/index.html"),
        *("/politics/index.html", "/tag/x", "/tag/the-long-story-of-the-bridge", "/author/ada-pell", "/topics/c40rjmqdlzzt"),
        *("/2026", "/2026/05/", "/2026/05/12/", "/page/2", "/news?page=3", "/port/page/2", "/search?q=bridge+opens+today"),
        *("/login", "/subscribe", "/privacy-policy", "/newsletters/sign-up-for-morning", "/contact.html", "/about-us/"),
        *("/bridge.jpg", "/feed.xml", "/reports/annual-report-of-the-port.pdf", "/galleries/", "/video/"),
        "/%D1%81%D0%BF%D0%BE%D1%80%D1%82/",
    ],
)  # fmt: skip
def test_the_path_of_a_list_service_or_file_scores_less_than_two_points(path: str) -> None:
    score = score_url("https://harbour.example" + path)
    assert score.points < 2, score


def item_list(*items: str, kind: str = "ItemList") -> str:
    return f'<script type="application/ld+json">{{"@type": "{kind}", "itemListElement": [{", ".join(items)}]}}</script>'


STORY = "/port/2026/05/12/old-bridge-opens-to-trams"


@pytest.mark.parametrize(
    "item",
    [
        f'{{"@type": "ListItem", "position": 1, "url": "https://www.harbour.example{STORY}"}}',
        f'{{"@type": ["ListItem"], "item": {{"@type": "NewsArticle", "url": "{STORY}"}}}}',
        f'{{"@type": "ListItem", "item": {{"@id": "https://www.harbour.example{STORY}"}}}}',
        f'{{"@type": "ListItem", "item": "{STORY}"}}',
    ],
)
def test_a_list_that_only_its_json_ld_names_is_read(item: str) -> None:
    page = f"<html><body><div id=list></div>{item_list(item)}</body></html>"
    found = discover(page.encode(), url=HOME + "port/", content_type="text/html", kind="section", now=NOW)
    assert [one.url for one in found.candidates] == [f"https://www.harbour.example{STORY}"]


@pytest.mark.parametrize(
    "script",
    [
        item_list(f'{{"@type": "ListItem", "url": "{STORY}"}}', kind="BreadcrumbList"),
        item_list(f'{{"@type": "ListItem", "url": "https://elsewhere.example{STORY}"}}'),
        item_list('{"@type": "ListItem", "url": "/sport/"}'),
        item_list('{"@type": "ListItem", "url": 7}', '{"@type": "ListItem"}', "null"),
        '<script type="application/ld+json">' + "[" * 100_000 + "ItemList</script>",
    ],
)
def test_menus_sections_other_sites_and_broken_lists_name_no_article(script: str) -> None:
    page = f"<html><body>{script}</body></html>"
    found = discover(page.encode(), url=HOME + "port/", content_type="text/html", kind="section", now=NOW)
    assert found.candidates == ()


def blog(heading: str) -> str:
    words = " ".join(f"word{n}" for n in range(120))
    posts = (heading.format(n=n) + f"<p>{words}</p><p>{words}</p>" for n in range(4))
    return "<html><body><main>" + "".join(f"<article>{post}</article>" for post in posts) + "</main></body></html>"


def test_a_list_of_whole_posts_is_a_list() -> None:
    linked = blog("<h2><a href='/2026/05/1{n}/the-ferry-sails-again-{n}'>The ferry sails again {n}</a></h2>")
    assert list_evidence(parse_html(linked), HOME + "port/")
    assert not list_evidence(parse_html(blog("<h2>The ferry sails again {n}</h2>")), HOME + "port/")


@pytest.mark.parametrize(
    ("url", "number"),
    [(f"{HOME}2026/05/04/", 2), (f"{HOME}archive/2026-05", 2), (f"{HOME}news/", 0), (f"{HOME}2026/05/04/x", 0)],
)
def test_headlines_in_the_archive_of_a_day_lead_to_articles_however_short_their_addresses(
    url: str, number: int
) -> None:
    links = "".join(f"<li><a href=/{each}>The old pier is {each} until autumn</a></li>" for each in ("shut", "open"))
    page = f"<nav><a href=/tour>All about our tours of the harbour</a></nav><ul>{links}</ul><a href=/help>Help</a>"
    assert len(discover(page.encode(), url=url, content_type=None, kind="section", now=NOW).candidates) == number
