"""Kinds of pages: walls, errors and sections are recognised, and articles about them left alone."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.types.article import STORED_KINDS, Extraction, Hints
from pipelines.extract.extract import extract_page

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
LONG = "".join(
    f"<p>Paragraph {n} goes on about the harbour, its boats, and the people who wait for them.</p>" for n in range(30)
)
SHORT = "<p>The harbour was shut on Monday.</p><p>It opens again today.</p>"


def read(title: str, body: str, head: str = "", path: str = "/city/harbour-story") -> Extraction:
    page = f"<html><head><meta charset=utf-8><title>{title}</title>{head}</head><body><article>{body}</article></body></html>"
    return extract_page(page.encode(), url=f"https://lanternpost.example{path}", hints=Hints(), now=NOW)


@pytest.mark.parametrize(
    "title",
    [
        "Page not found: the last map of the islands",
        "Just a moment of silence at the quay",
        "Zustimmung für den Hafen",
        "Are you a robot? asks a play",
        "Something went wrong on the ferry, says the captain",
    ],
)
def test_articles_about_walls_are_articles(title: str) -> None:
    assert read(title, f"<h1>{title}</h1>{LONG}").kind == "article"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("404 - Lantern Post", "soft_404"),
        ("Seite nicht gefunden", "soft_404"),
        ("Page introuvable", "soft_404"),
        ("La página que busca no existe", "soft_404"),
        ("This page has moved", "soft_404"),
        ("The domain is parked", "soft_404"),
        ("Oops! Something went wrong", "soft_404"),
        ("502 Bad Gateway", "soft_404"),
        ("Technischer Fehler aufgetreten", "soft_404"),
        ("Access Denied", "blocked"),
        ("Attention Required! | Wall", "blocked"),
        ("Before you continue", "consent_wall"),
        ("Votre consentement", "consent_wall"),
    ],
)
def test_walls_and_errors_with_little_text(title: str, kind: str) -> None:
    """Without the rule the kind of all was article."""
    found = read(title, "<p>Something stands in the way.</p>")
    assert found.kind == kind
    assert found.kind_evidence
    assert found.kind not in STORED_KINDS


@pytest.mark.parametrize(
    ("path", "head", "body", "kind"),
    [
        ("/opinion/harbour", "", LONG, "opinion"),
        ("/city/x", '<meta property="article:section" content="Kommentar">', LONG, "opinion"),
        ("/video/plough", "", SHORT, "video"),
        ("/video/plough", "", LONG, "article"),
        ("/photos/geraniums", "", SHORT, "gallery"),
        ("/live/storm", "", LONG + "<time datetime=2026-01-15T06:00:00Z>6</time>" * 6, "live_blog"),
        ("/city/x", '<meta property="article:content_tier" content="locked">', SHORT, "paywalled_excerpt"),
        ("/city/x", '<meta property="article:content_tier" content="metered">', LONG, "article"),
        ("/city/x", "", SHORT + '<div class="paywall-box">Subscribe</div>', "paywalled_excerpt"),
        ("/city/x", "", SHORT, "article"),
        ("/city/x", "", "<p>Subscribe to read.</p>", "paywalled_excerpt"),
        ("/city/x", "", "<p>Please sign in to continue reading.</p>", "paywalled_excerpt"),
        ("/city/x", "", "<p>Pour lire la suite, identifiez-vous.</p>", "paywalled_excerpt"),
        ("/city/x", "", "<p>This article has been withdrawn.</p>", "article"),
        ("/city/x", "", "<p>Subscribe to read. The council met on Monday.</p><p>It met again.</p>", "article"),
    ],
)
def test_kinds_by_address_and_markup(path: str, head: str, body: str, kind: str) -> None:
    found = read("Harbour story", body, head, path)
    assert found.kind == kind
    assert found.kind_evidence
    assert found.text


TEASERS = "".join(
    f'<h2><a href="/harbour-{n}">Headline {n} of the harbour</a></h2><time datetime="2026-06-{n:02}">x</time>'
    for n in range(1, 13)
)
TYPE = '<meta property="og:type" content="article">'


@pytest.mark.parametrize(
    ("path", "head", "is_section"),
    [
        ("/sport", TYPE, True),
        ("/sport/", "", True),
        ("/city/harbour", TYPE, True),
        ("/a-day-at-the-quay", TYPE, False),
        ("/sport", TYPE + '<meta property="article:published_time" content="2026-06-01T08:00:00Z">', False),
        (
            "/quay",
            TYPE + '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Quay"}</script>',
            False,
        ),
    ],
)
def test_a_page_of_headlines_at_a_one_word_address_is_a_section(path: str, head: str, *, is_section: bool) -> None:
    found = read("Sport", f"<h1>Sport</h1><p>All of the sport of the islands.</p>{TEASERS}", head, path)
    assert (found.kind == "section") is is_section


def test_a_gallery_of_few_words_loses_its_newsletter_box() -> None:
    box = '<div class="newsletter-box"><p>The harbour in your inbox, every morning at six, for nothing.</p></div>'
    found = read("Geraniums", f"<h1>Geraniums</h1><p>The fair of the geraniums.</p>{box}", path="/photos/geraniums")
    assert (found.kind, found.text) == ("gallery", "The fair of the geraniums.")


@pytest.mark.parametrize(
    "body",
    [
        "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div><script src=/a.js></script>",
        "<noscript>Bitte aktivieren Sie JavaScript. JavaScript ist deaktiviert.</noscript><div></div><script src=/a.js></script>",
        "<noscript>Activez JavaScript</noscript><main></main><script src=/a.js></script>",
        "<noscript>Please enable JavaScript.</noscript><div></div><script>draw()</script>",
        "<div id=__next></div><script>" + "a=1;" * 100 + "</script>",
        "<header>Menu</header><app-root></app-root><script src=/main.js></script>",
    ],
)
def test_a_shell_that_scripts_would_fill(body: str) -> None:
    """Without the rule the kind of all was article."""
    page = f"<html><head><title>Harbour shut</title><meta property='og:type' content='article'></head><body>{body}</body></html>"
    found = extract_page(page.encode(), url="https://lanternpost.example/city/harbour", hints=Hints(), now=NOW)
    assert found.kind == "needs_javascript"
    assert found.kind not in STORED_KINDS


def test_an_article_in_a_page_that_also_has_scripts_is_one() -> None:
    root = "<noscript>Please enable JavaScript</noscript><div id=root></div><script src=/a.js></script>"
    assert read("Harbour shut", LONG + root).kind == "article"


def test_a_short_article_without_scripts_waits_for_none() -> None:
    assert (
        read(
            "Harbour shut",
            "<h1>Harbour shut</h1><p>It opens on Monday.</p><noscript>Please enable JavaScript</noscript>",
        ).kind
        == "article"
    )


def test_a_form_for_a_password_is_no_article() -> None:
    """Without the rule the first was an article, of the words around the form."""
    form = "<form action=/in><input name=u><input type=password name=p><button>Go</button></form>"
    assert read("Your account", f"<p>Sign in to read on. Forgot your word?</p>{form}").kind == "login"
    assert read("Harbour shut", LONG + form).kind == "article"
    short = "<p>The harbour was shut on Monday, when a barge had lost its rudder off the mole.</p>" * 3
    assert read("Harbour shut", short + form).kind == "article", "a form in the header makes no login page"
