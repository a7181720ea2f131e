"""Hostile inputs without end, the same for the same number: seeds of our own, mutated with the tokens of their formats.

number → kind → seed → 1 to 8 mutations (bytes flipped, slices doubled, tokens put in, other seeds spliced) → Input
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import brotli
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

KINDS = ("page", "feed", "json", "sitemap", "robots", "wire")
HOST = "http://fuzz.test"
_LONGEST = 300_000

_WORDS = "harbour pier board lantern ferry bakery orchard tram choir bridge market storm council river".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Input:
    """What a server answers. `encoding` is its Content-Encoding; a `wire` body is a whole response."""

    kind: str
    body: bytes
    content_type: str
    encoding: str = ""


def text(chance: random.Random, words: int) -> str:
    """Words that mean nothing, sentence by sentence."""
    sentences = (" ".join(chance.choices(_WORDS, k=chance.randint(6, 14))).capitalize() for _ in range(words // 10 + 1))
    return ". ".join(sentences) + "."


def page(chance: random.Random) -> bytes:
    """An article as a publisher marks it up."""
    title, paragraphs = text(chance, 8), "".join(f"<p>{text(chance, 50)}</p>" for _ in range(chance.randint(1, 6)))
    ld = (
        f'{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{title}","datePublished":"2026-05-04T08:00Z",'
        f'"author":[{{"@type":"Person","name":"Ida Berg"}}],"articleBody":"{text(chance, 60)}","image":{{"url":"/a.jpg"}}}}'
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="canonical" href='
        f'"{HOST}/a/{chance.randrange(10**6)}"><meta property="og:title" content="{title}"><meta name="robots" content='
        f'"index"><meta property="article:published_time" content="2026-05-04T08:00:00+02:00"><script type='
        f'"application/ld+json">{ld}</script></head><body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>'
        f'<time datetime="2026-05-04">4 May</time>{paragraphs}<img src="/b.jpg" alt="x"></article></body></html>'
    ).encode()


def _entries(chance: random.Random, form: str) -> str:
    return "".join(
        form.format(url=f"{HOST}/n/{chance.randrange(10**6)}", title=text(chance, 6), words=text(chance, 30))
        for _ in range(chance.randint(1, 8))
    )


def feed(chance: random.Random) -> bytes:
    """RSS, Atom or RDF."""
    rss = (
        "<item><title>{title}</title><link>{url}</link><guid isPermaLink='true'>{url}</guid><pubDate>Mon, 04 May 2026 "
        "08:00:00 +0200</pubDate><description><![CDATA[<p>{words}</p>]]></description><dc:creator>Ida</dc:creator></item>"
    )
    atom = (
        "<entry><title type='html'>{title}</title><link rel='alternate' href='{url}'/><id>{url}</id><updated>2026-05-04T"
        "08:00:00Z</updated><author><name>Ida</name></author><summary>{words}</summary></entry>"
    )
    item = "<item rdf:about='{url}'><title>{title}</title><link>{url}</link><dc:date>2026-05-04</dc:date></item>"
    dc, head = 'xmlns:dc="http://purl.org/dc/elements/1.1/"', '<?xml version="1.0" encoding="utf-8"?>'
    return chance.choice(
        [
            f'{head}<rss version="2.0" {dc}><channel><title>Bay</title><ttl>60</ttl>{_entries(chance, rss)}</channel></rss>',
            f'{head}<feed xmlns="http://www.w3.org/2005/Atom"><title>Bay</title><id>x</id>{_entries(chance, atom)}</feed>',
            f'{head}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {dc}>'
            f"<channel><title>Bay</title></channel>{_entries(chance, item)}</rdf:RDF>",
        ]
    ).encode()


def json_feed(chance: random.Random) -> bytes:
    """A JSON Feed."""
    item = '{{"id":"{url}","url":"{url}","title":"{title}","date_published":"2026-05-04T08:00:00Z","tags":["a"]}}'
    items = _entries(chance, item).replace("}{", "},{")
    return f'{{"version":"https://jsonfeed.org/version/1.1","title":"Bay","items":[{items}]}}'.encode()


def sitemap(chance: random.Random) -> bytes:
    """A sitemap, a news sitemap or an index."""
    url = "<url><loc>{url}</loc><lastmod>2026-05-04</lastmod></url>"
    news = (
        "<url><loc>{url}</loc><n:news><n:publication><n:name>Bay</n:name><n:language>en</n:language></n:publication>"
        "<n:publication_date>2026-05-04T08:00:00Z</n:publication_date><n:title>{title}</n:title></n:news></url>"
    )
    space = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    index = "<sitemap><loc>{url}.xml</loc><lastmod>2026-05-04T08:00:00Z</lastmod></sitemap>"
    return chance.choice(
        [
            f"<urlset {space}>{_entries(chance, url)}</urlset>",
            f"<urlset {space}>{_entries(chance, news)}</urlset>",
            f"<sitemapindex {space}>{_entries(chance, index)}</sitemapindex>",
            _entries(chance, "{url}\n"),
        ]
    ).encode()


def robots(chance: random.Random) -> bytes:
    """A robots.txt."""
    agents = ("*", "Dateline", "otherbot", "Dateline/1.0")
    lines = [f"User-agent: {chance.choice(agents)}\nDisallow: /{chance.choice(_WORDS)}/*$\nAllow: /\nCrawl-delay: 2\n"]
    return "".join(lines * chance.randint(1, 4) + [f"Sitemap: {HOST}/sitemap.xml\n"]).encode()


def wire(chance: random.Random) -> bytes:
    """A whole HTTP response."""
    body = page(chance)
    head = (
        f'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\nETag: "x"\r\n'
        "X-Robots-Tag: noarchive\r\nLast-Modified: Mon, 04 May 2026 08:00:00 GMT\r\nSet-Cookie: a=b\r\n\r\n"
    )
    return head.encode() + body


SEEDS: dict[str, Callable[[random.Random], bytes]] = {
    "page": page, "feed": feed, "json": json_feed, "sitemap": sitemap, "robots": robots, "wire": wire,
}  # fmt: skip
TOKENS = [
    *(b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE x [<!ENTITY a \"&a;&a;\">]>", b"&a;"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml version='1.0' encoding='x-none'?>", b"<script>", b"</script>"),
    *(b"<item>", b"</item>", b"<entry>", b"<link>", b"<guid>", b"<pubDate>", b"<title>", b"<table>", b"<svg>", b"<math>"),
    *(b"<template>", b"<plaintext>", b"<base href='file:///'>", b"<meta charset=utf-7>", b"<p>", b"<div>" * 300, b"<a>"),
    *(b"<meta http-equiv=refresh content='0;url=file:///etc/passwd'>", b"<link rel=canonical href='//[::1]/'>"),
    *(b'"@type":', b'"@graph":[', b"[[[[", b"{" * 200, b"}", b"]", b"\\ud800", b"\\u0000", b"null", b"true", b"NaN", b"1e999"),
    *(b"&#0;", b"&#xD800;", b"&#1114112;", b"&amp;", b"&nbsp;", b"\x00", b"\x1b[2J", b"\xed\xa0\x80", b"\xff\xfe"),
    *(b"10000-01-01T00:00:00Z", b"9999-12-31T23:59:59-23:59", b"0000-00-00", b"-infinity", b"infinity", b"99999999999999"),
    *(b"http://127.0.0.1/", b"javascript:alert(1)", b"data:text/html,x", b"http://[::", b"\r\n", b"\n\n", b"\t" * 50, b"%"),
    *(b"User-agent:", b"Disallow:", b"*" * 80, b"$", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(b"<loc>", b"<urlset>", b"<sitemapindex>", b"<lastmod>", b"https://user:word@fuzz.test/", "\u202e\u2066\ufffe".encode()),
]  # fmt: skip
_TYPES = ("text/html", "text/html; charset=utf-8", "text/html; charset=utf-16", "application/rss+xml", "application/json",
          "text/plain", "application/xml; charset=iso-8859-1", "", "x", "text/html; charset=x-none", "image/png")  # fmt: skip


def mutated(body: bytes, chance: random.Random) -> bytes:
    """The bytes after 1 to 8 mutations."""
    out = bytearray(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 8))):
        chance.choice(_MUTATIONS)(out, chance)
        del out[_LONGEST:]
    return bytes(out)


def _flip(out: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 20)):
        if out:
            out[chance.randrange(len(out))] = chance.randrange(256)


def _put_token(out: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(out) + 1)
    out[place:place] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 20, 500))


def _cut(out: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(out) + 1)
    del out[start : start + chance.choice((1, 5, 100, 10**6))]


def _double(out: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(out) + 1)
    piece = out[start : start + chance.choice((1, 10, 100, 1_000))]
    out[start:start] = bytes(piece) * chance.choice((1, 2, 50, 1_000))


def _splice(out: bytearray, chance: random.Random) -> None:
    other = SEEDS[chance.choice(KINDS)](chance)
    out[chance.randrange(len(out) + 1) :] = other[chance.randrange(len(other)) :]


def _recode(out: bytearray, chance: random.Random) -> None:
    out[:] = out.decode("utf-8", "replace").encode(
        chance.choice(("utf-16", "utf-16-be", "utf-32", "latin-1", "utf-7")), "replace"
    )


def _lengthen(out: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(out) + 1)
    out[place:place] = chance.choice((b"a", b" ", b"\xc3\xa9", b"0", b"&", b"<b>", b"a,", b"x@y ")) * chance.choice(
        (500, 20_000)
    )


_MUTATIONS = (_flip, _flip, _put_token, _put_token, _put_token, _cut, _double, _splice, _recode, _lengthen)
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "deflate": zlib.compress, "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstandard.ZstdCompressor().compress,
}  # fmt: skip


def make(number: int, kinds: tuple[str, ...] = KINDS) -> Input:
    """The input of that number."""
    chance = random.Random(number)
    kind = kinds[number % len(kinds)]
    body = mutated(SEEDS[kind](chance), chance)
    content_type = _TYPES[0 if kind == "page" and chance.random() < 0.7 else chance.randrange(len(_TYPES))]
    if kind == "wire" or chance.random() < 0.85:
        return Input(kind, body, content_type)
    encoding = chance.choice([*_ENCODERS])
    packed = _ENCODERS[encoding](body)
    return Input(kind, mutated(packed, chance) if chance.random() < 0.5 else packed, content_type, encoding)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30) | st.sampled_from(
        ["2026-05-04T08:00:00Z", "10000-01-01", f"{HOST}/a", "NewsArticle", "\ud800", "\x00", "javascript:x", "http://[::"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["@type", "@graph", "headline", "author", "name", "items", "url", "id", "datePublished", "date_published", "image",
         "articleBody", "title", "authors", "tags", "version", "isAccessibleForFree", "mainEntityOfPage", "liveBlogUpdate"]),
        inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
_XML = st.recursive(
    st.text(max_size=20) | st.sampled_from(["&a;", "<!--", "]]>", "2026-05-04", f"{HOST}/a"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(
            ["rss", "channel", "item", "link", "title", "entry", "urlset", "url", "loc", "div", "p", "table", "h1"]
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


def by_hypothesis(count: int) -> list[Input]:
    """Inputs whose structure Hypothesis made: JSON with the right names and wrong types, trees of the right elements."""
    import json

    found: list[Input] = []

    @settings(max_examples=count, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(_JSON, _XML)
    def collect(value: Any, tree: str) -> None:
        data = json.dumps(value).encode()
        found.append(Input("json", data, "application/feed+json"))
        ld = b'<html><head><script type="application/ld+json">' + data + b"</script></head><body>"
        found.append(Input("page", ld + tree.encode("utf-8", "surrogatepass"), "text/html"))
        found.append(Input("feed", tree.encode("utf-8", "surrogatepass"), "application/xml"))

    collect()
    return found[:count]


def inputs(count: int) -> Iterator[Input]:
    """So many inputs: a tenth by Hypothesis, the others by mutation."""
    made = by_hypothesis(count // 10)
    yield from made
    yield from (make(number) for number in range(count - len(made)))
