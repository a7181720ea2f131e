"""Write the expected extraction beside each golden page: `python -m tests.golden.regenerate`, then read the diff.

The pages are of our own invention, one for every kind and one as aggregators copy; each has its address in PAGES.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from dateline.types.article import Hints
from pipelines.extract.extract import extract_page, to_record

FOLDER = Path(__file__).parent / "pages"
NOW = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.UTC)
PAGES = {
    "aggregator_copy": "https://newsgather.example/travel/governor-signs-river-bill",
    "article": "https://lanternpost.example/city/harbour-bridge-closure?ref=rss",
    "blocked": "https://capecourier.example/news/storm",
    "consent_wall": "https://toelzerbote.example/landkreis/moor",
    "gallery": "https://claironduval.example/galerie/foire-aux-geraniums",
    "login": "https://lanternpost.example/account/saved-stories",
    "needs_javascript": "https://lanternpost.example/city/harbour-bridge",
    "live_blog": "https://capecourier.example/live/storm-aldous",
    "not_article": "https://harbourstores.example/shop/storm-lantern-brass",
    "opinion": "https://toelzerbote.example/landkreis/wer-das-moor-rettet",
    "paywalled_excerpt": "https://ledgersound.example/2026/06/tide-mills",
    "section": "https://lanternpost.example/politics",
    "soft_404": "https://fenlandecho.example/news/gone",
    "video": "https://fenlandecho.example/video/steam-plough",
}


def extracted(name: str) -> dict[str, Any]:
    """The record of a golden page, as `dateline extract` would print it."""
    body = (FOLDER / f"{name}.html").read_bytes()
    return to_record(extract_page(body, url=PAGES[name], hints=Hints(), now=NOW), name)


def main() -> None:
    """Write every page's expectation again."""
    for name in PAGES:
        text = json.dumps(extracted(name), indent=1, ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
