"""`make crawl-corpus CORPUS=FOLDER`: the corpus' pages over loopback, crawled into a database, and what became of each.

Fails unless every page is in a final state and >= 97 % are articles with title and text.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import results
from benchmarks.pipeline.corpus import load, served
from benchmarks.pipeline.pipeline import crawl
from dateline.urls import url_key
from sql.database import connect
from sql.server.embedded import EmbeddedServer, remove_cluster

WANTED = 0.97
FATES = """
SELECT u.url_key, u.url, u.state, u.reason, a.title <> '' AND a.text <> '' AS is_whole, a.kind
FROM dateline.url u LEFT JOIN dateline.article a ON a.id = u.article_id
"""


def main() -> int:
    """Crawl, count, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--own-hosts", action="store_true", help="serve each page under the host that it comes from")
    options = parser.parse_args()
    pages = load(options.corpus, own_hosts=options.own_hosts)
    folder = Path(tempfile.mkdtemp(prefix="dateline-corpus-"))
    try:
        with served(pages) as port, EmbeddedServer(folder).running() as url:
            crawl(folder, pages, port)
            with connect(url) as connection:
                fates = {row[0]: row[1:] for row in connection.execute(FATES)}
    finally:
        remove_cluster(folder)
        shutil.rmtree(folder, ignore_errors=True)
    found = [(page, fates.get(url_key(page.url))) for page in pages]
    final = sum(fate is not None and fate[1] != "pending" for _, fate in found)
    whole = sum(fate is not None and bool(fate[3]) for _, fate in found)
    for page, fate in found:
        if fate is None or not fate[3]:
            print(f"{page.id}: {'not in the ledger' if fate is None else f'{fate[1]} {fate[2]}'}  {page.url}")
    figures = {"pages": len(pages), "final_states": final, "articles": whole, "article_share": whole / len(pages)}
    results.show("The corpus, crawled", [*figures.items()])
    runs = [{"id": page.id, "url": page.url, "fate": fate and list(fate)} for page, fate in found]
    results.write("crawl-corpus", figures, runs)
    return 0 if final == len(pages) and whole >= WANTED * len(pages) else 1


if __name__ == "__main__":
    sys.exit(main())
