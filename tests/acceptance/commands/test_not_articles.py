"""A page that is not an article is not stored, is explained, and is stored when the operator asks for it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.acceptance.support.played import rows
from tests.acceptance.support.site import article, dateline, environment
from tests.acceptance.support.web import Answer, rss, sites

CARD = (
    "<li class='product-card'><a href='/products/{n}'><img src='/{n}.jpg' alt=''><h3>Lamp number {n}</h3></a>"
    "<span class='price'>${n}9.00</span><button class='add-to-cart'>Add to cart</button></li>"
)
PRODUCT = (
    "<html><head><meta charset=utf-8><title>Brass ship lamp | Lantern Shop</title>"
    '<meta property="og:type" content="product"></head><body><nav><a href="/shop">Shop</a> <a href="/cart" class="cart">Cart</a>'
    "</nav><main class='product'><h1>Brass ship lamp</h1><div class='price'>$129.00</div>"
    "<select name='variant'><option>Small</option></select><button class='add-to-cart'>Add to cart</button>"
    "<p>A lamp of solid brass, made by hand in our workshop, with free shipping on every order.</p>"
    "<p>Contact us and learn more about our services.</p>"
    f"<ul>{''.join(CARD.format(n=n) for n in range(1, 3))}</ul></main></body></html>"
)
DAY = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
SHOP = "http://shop.test/products/brass-ship-lamp"
FEED = "http://shop.test/feed.xml"
STORY = "http://shop.test/2026/05/04/how-we-cast-a-lamp-of-brass.html"


def test_product_page_is_explained_and_stored_on_request(database: str, tmp_path: Path) -> None:
    with sites({SHOP: Answer(PRODUCT.encode()), STORY: Answer(article(1).encode())}) as web:
        env = environment(database, web.port)

        def run(*words: str) -> str:
            return dateline(*words, data_dir=tmp_path, env=env).stdout

        run("crawl", SHOP, STORY, "--delay", "0")
        assert [row["url"] for row in rows(database, "SELECT url FROM news.articles")] == [STORY]
        explained = run("explain", SHOP)
        assert "It was not stored: it does not look like an article. article probability 0." in explained
        assert "archived in" in explained
        assert f"dateline crawl --as-article {SHOP}" in explained
        [listed] = rows(database, "SELECT url, title, probability, reasons, seen_at FROM news.not_articles")
        assert (listed["url"], listed["title"]) == (SHOP, "Brass ship lamp")
        assert 0 <= listed["probability"] < 0.3
        assert listed["reasons"].startswith("article probability")
        assert listed["seen_at"]
        run("crawl", "--as-article", SHOP, "--delay", "0")
    stored = rows(database, "SELECT url, kind, article_probability FROM news.articles ORDER BY url")
    assert [(row["url"], row["kind"]) for row in stored] == [(STORY, "article"), (SHOP, "article")]
    assert stored[1]["article_probability"] < stored[0]["article_probability"]
    assert rows(database, "SELECT url FROM news.not_articles") == []


def test_entries_of_a_feed_are_stored(database: str, tmp_path: Path) -> None:
    with sites({FEED: rss([(SHOP, "Brass ship lamp", DAY)]), SHOP: Answer(PRODUCT.encode())}) as web:
        dateline("crawl", FEED, "--delay", "0", data_dir=tmp_path, env=environment(database, web.port))
    assert [row["url"] for row in rows(database, "SELECT url FROM news.articles")] == [SHOP]
