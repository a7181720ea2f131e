"""Copies found against copies known: streams made out of real articles, several seeds, phrases and templates.

    python -m benchmarks.copies.copies [--shared ../shared] [--seeds 7 11 23] [--phrases all|none|NAME…]
                                       [--through memory|database]

`make_copies.py` of the shared folder makes each stream, `score_copies.py` scores the links. In memory the pure rules of
`pipelines.copies.match` run in the order of the stream (or shuffled, `--shuffle`); through the database, `dateline import` and
`dateline export copies` do. Prints a table; build/bench/copies.json holds the figures of the scorer for the standard
phrases (the worst of the seeds) and of the other phrases (`worst_…`), build/bench/copies.runs.jsonl every run.
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.copies.match import (
    HASH_ROWS,
    CopyCandidate,
    Document,
    LinkCopy,
    decide,
    nearest_by_hashes,
)
from pipelines.copies.originals import rule
from pipelines.copies.sketch import sketch

HERE = Path(__file__).parent
PHRASES = HERE / "phrases"
RESULTS = HERE.parents[1] / "build" / "bench"
SETS = ("scrapinghub", "fundus", "fundus-evaluation")

Link = dict[str, str]


@dataclass
class MemoryIndex:
    """The index of `pipelines.copies.match` in memory, with its families; what the database holds otherwise."""

    rows: dict[int, list[str]] = field(default_factory=lambda: collections.defaultdict(list))
    documents: dict[str, Document] = field(default_factory=dict)
    family: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    def candidates(self, hashes: Sequence[int]) -> list[CopyCandidate]:
        holders = {value: self.rows[value][-HASH_ROWS:] for value in hashes if value in self.rows}
        return [CopyCandidate(self.documents[url], self.family[url]) for url in nearest_by_hashes(holders)]

    def add(self, document: Document) -> None:
        hashes = sketch(document.text)
        decision = decide(document, self.candidates(hashes))
        self.documents[document.url] = document
        for value in hashes:
            self.rows[value].append(document.url)
        joined = (decision.family, *decision.merged) if isinstance(decision, LinkCopy) else ()
        name = joined[0] if joined else document.url
        together = [document.url, *itertools.chain.from_iterable(self.members.pop(each) for each in joined)]
        self.members[name] = together
        self.family |= dict.fromkeys(together, name)

    def links(self) -> Iterator[Link]:
        for urls in self.members.values():
            original = rule([self.documents[url] for url in urls]).lead
            yield from ({"copy_url": url, "original_url": original.url} for url in urls if url != original.url)


def linked_in_memory(stream: Path, shuffle: int | None = None) -> Iterable[Link]:
    """The links that the pure rules make of a stream."""
    articles = [json.loads(line) for line in stream.open(encoding="utf-8")]
    if shuffle is not None:
        random.Random(shuffle).shuffle(articles)
    index = MemoryIndex()
    for each in articles:
        published_at = dt.datetime.fromisoformat(each["published_at"])
        index.add(Document(each["url"], each["text"], site=each["site"], published_at=published_at))
    return list(index.links())


def linked_by_dateline(stream: Path) -> Iterable[Link]:
    """The links that `dateline import` leaves in a database of its own."""
    dateline = [str(Path(sys.executable).parent / "dateline"), "--data-dir", str(stream.parent / "data")]
    links = stream.parent / "links.jsonl"
    subprocess.run([*dateline, "import", str(stream)], check=True)
    subprocess.run([*dateline, "export", "copies", "--format", "jsonl", "-o", str(links)], check=True)
    return [json.loads(line) for line in links.open(encoding="utf-8")]


def write_bodies(corpus: Path, target: Path) -> None:
    """The gold texts of the three sets, one article a line, as make_copies.py wants them."""
    with target.open("w", encoding="utf-8") as out:
        for line in itertools.chain.from_iterable((corpus / name / "manifest.jsonl").open() for name in SETS):
            page = json.loads(line)
            body = page.get("body") or "\n\n".join(p.strip("[]") for p in page.get("paragraphs") or ())
            article = {
                "id": page["id"],
                "body": body,
                "title": page.get("title"),
                "published_at": page.get("published_at"),
            }
            out.write(json.dumps(article) + "\n")


def run(
    shared: Path, phrases: str, seed: int, bodies: Path, link: Callable[[Path], Iterable[Link]]
) -> dict[str, float]:
    """The scorer's figures for one stream, and the seconds that linking took."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        extra = [] if phrases == "standard" else ["--phrases", str(PHRASES / f"{phrases}.json")]
        maker = [sys.executable, str(shared / "bench" / "make_copies.py"), str(bodies), folder, "--seed", str(seed)]
        subprocess.run([*maker, *extra], check=True, capture_output=True)
        start = time.perf_counter()
        found = link(made / "stream.jsonl")
        seconds = time.perf_counter() - start
        (made / "found.jsonl").write_text("".join(json.dumps(each) + "\n" for each in found))
        scorer = [
            sys.executable,
            str(shared / "bench" / "score_copies.py"),
            str(made / "gold.jsonl"),
            str(made / "found.jsonl"),
        ]
        scored = subprocess.run([*scorer, "--json"], check=True, capture_output=True, text=True)
        return {**json.loads(scored.stdout), "link_seconds": round(seconds, 1)}


def worst(runs: Sequence[dict[str, float]], name: str) -> float:
    pick = max if name.startswith("trap") or name == "link_seconds" else min
    return pick(each[name] for each in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=HERE.parents[2] / "shared")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 23])
    parser.add_argument("--phrases", nargs="+", default=["all"])
    parser.add_argument("--through", choices=["memory", "database"], default="memory")
    parser.add_argument("--shuffle", type=int, help="import in an order shuffled with this seed (memory only)")
    options = parser.parse_args()
    others = sorted(path.stem for path in PHRASES.glob("*.json"))
    chosen = {"all": ["standard", *others], "none": ["standard"]}.get(options.phrases[0], options.phrases)
    link = linked_by_dateline if options.through == "database" else lambda s: linked_in_memory(s, options.shuffle)

    records: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies.jsonl"
        write_bodies(options.shared / "corpus" / "extraction", bodies)
        for phrases, seed in itertools.product(chosen, options.seeds):
            figures = run(options.shared, phrases, seed, bodies, link)
            records.append({"phrases": phrases, "seed": seed, "through": options.through, "figures": figures})
            print(
                f"{phrases:10} seed {seed:3}",
                *(f"{figures[k]:.4f}" for k in ("precision", "recall", "direction")),
                flush=True,
            )
    report(records)


def report(records: Sequence[dict[str, object]]) -> None:
    """Print the worst of the seeds a set of phrases, and write the figures."""
    by_phrases: dict[str, list[dict[str, float]]] = collections.defaultdict(list)
    for record in records:
        by_phrases[str(record["phrases"])].append(record["figures"])  # type: ignore[arg-type]
    names = list(next(iter(by_phrases.values()))[0])
    print(f"\n{'worst of the seeds':24}", *(f"{phrases:>9}" for phrases in by_phrases))
    for name in names:
        print(f"{name:24}", *(f"{worst(runs, name):9.4f}" for runs in by_phrases.values()))
    standard = by_phrases.get("standard", [])
    every = list(itertools.chain.from_iterable(by_phrases.values()))
    figures = {name: worst(standard, name) for name in names if standard}
    figures |= {f"worst_{name}": worst(every, name) for name in names}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "copies.json").write_text(json.dumps(figures, indent=1) + "\n")
    (RESULTS / "copies.runs.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


if __name__ == "__main__":
    main()
