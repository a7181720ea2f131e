"""`make bench-extraction CORPUS=FOLDER`: Dateline's extraction beside stock trafilatura on annotated pages.

Every page is read by both, one after the other in the same process, with process CPU time taken round each call, so that
whatever else the machine does weighs on both alike. Dateline's predictions are what `dateline extract` prints.

Writes build/bench/extraction.json (`<set>.<measure>`, the same with `.even`, `.odd` for each half and `.stock` for
trafilatura, `cpu_ratio_to_stock`, `p50_s`, `p99_s`) and build/bench/extraction.runs.jsonl (the predictions, page by page).
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import logging
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import trafilatura

from benchmarks.extraction.measures import Row, page_rouge, scores
from dateline.types.article import STORED_KINDS, Extraction, Hints
from pipelines.boilerplate.strip import strip_batch
from pipelines.extract.extract import extract_page, to_record

SETS = ("scrapinghub", "fundus-evaluation", "fundus", "trafilatura")
HALVES = {"": slice(None), ".even": slice(0, None, 2), ".odd": slice(1, None, 2)}
REPORTED = ("body_f1", "rouge_lsum", "title", "authors", "day", "minute", "tags_f1", "segment_f1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the corpus, print the table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with one folder per set, each with manifest.jsonl"
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    runs = [run for name in SETS if (options.corpus / name).is_dir() for run in _read_set(options.corpus / name)]
    _learn_boilerplate(runs)
    figures = _figures(runs)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "extraction.json").write_text(json.dumps(figures, indent=1) + "\n")
    with (options.out / "extraction.runs.jsonl").open("w") as out:
        out.writelines(json.dumps(_record(run), ensure_ascii=False) + "\n" for run in runs)
    print(_table(figures))


def _read_set(folder: Path) -> Iterator[Row]:
    """One run a page: the gold row, both predictions, the CPU seconds of each."""
    _dateline(b"<p>A page to warm up with.</p>" * 30, "http://example.org/")
    _stock(b"<html><body>" + b"<p>A page to warm up with.</p>" * 30 + b"</body></html>", "http://example.org/")
    for number, line in enumerate((folder / "manifest.jsonl").read_text().splitlines()):
        row = json.loads(line)
        body = gzip.decompress((folder / row["file"]).read_bytes())
        stock, stock_s = _timed(_stock, body, row.get("url") or "")
        ours, ours_s = _timed(_dateline, body, row.get("url") or "")
        yield {"set": folder.name, "number": number, "gold": row, "stock": stock, "extraction": ours} | {
            "stock_s": stock_s,
            "cpu_s": ours_s,
        }


def _timed(read: Callable[[bytes, str], Any], body: bytes, url: str) -> tuple[Any, float]:
    start = time.process_time()
    found = read(body, url)
    return found, time.process_time() - start


def _dateline(body: bytes, url: str) -> Extraction:
    return extract_page(body, url=url, hints=Hints(), now=dt.datetime.now(dt.UTC))


def _stock(body: bytes, url: str) -> Row:
    found: Any = trafilatura.bare_extraction(body, url=url or None, with_metadata=True)
    if found is None:
        return {}
    authors = [name for name in (found.author or "").split("; ") if name]
    return {
        "text": found.text,
        "title": found.title,
        "authors": authors,
        "published_at": found.date,
        "tags": found.tags,
    }


def _learn_boilerplate(runs: list[Row]) -> None:
    """What `dateline extract --manifest` does after the last page: each set is one batch."""
    for name in SETS:
        batch = [run for run in runs if run["set"] == name]
        stripped = strip_batch([run["extraction"] for run in batch])
        for run, extraction in zip(batch, stripped, strict=True):
            run["ours"] = to_record(extraction, run["gold"]["id"])


def _figures(runs: list[Row]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name in SETS:
        batch = [run for run in runs if run["set"] == name]
        for reader, mark in (("ours", ""), ("stock", ".stock")):
            figures |= {f"{name}.{measure}{mark}": value for measure, value in _set_scores(name, batch, reader).items()}
    for name in ("scrapinghub", "fundus"):
        stored = [_is_stored(run["ours"]) for run in runs if run["set"] == name]
        figures |= {f"{name}.stored_share": statistics.mean(stored)} if stored else {}
    seconds = sorted(run["cpu_s"] for run in runs)
    figures["cpu_ratio_to_stock"] = sum(seconds) / sum(run["stock_s"] for run in runs)
    figures["cpu_s"], figures["pages"] = sum(seconds), len(runs)
    figures["p50_s"], figures["p99_s"], figures["max_s"] = (
        seconds[int(q * (len(seconds) - 1))] for q in (0.5, 0.99, 1)
    )
    return figures


def _set_scores(name: str, batch: list[Row], reader: str) -> dict[str, float]:
    """The set's measures over all its pages and over each half (by place in the manifest: 0 is even)."""
    out: dict[str, float] = {}
    pairs = [(run["gold"], run[reader]) for run in batch]
    rouge = [
        page_rouge(gold["paragraphs"], guess.get("text") or "") for gold, guess in pairs if name == "fundus-evaluation"
    ]
    for half, places in HALVES.items():
        if pairs[places]:
            out |= {f"{measure}{half}": value for measure, value in scores(pairs[places]).items()}
            out |= {f"rouge_lsum{half}": statistics.mean(rouge[places])} if rouge else {}
    return out


def _is_stored(record: Row) -> bool:
    return record["kind"] in STORED_KINDS and bool(record["title"]) and bool(record["text"])


def _record(run: Row) -> Row:
    times = {"cpu_s": round(run["cpu_s"], 5), "stock_cpu_s": round(run["stock_s"], 5)}
    return {"set": run["set"], "half": "odd" if run["number"] % 2 else "even"} | run["ours"] | times


def _table(figures: dict[str, float]) -> str:
    lines = [f"{'set':19}{'measure':12}{'stock':>9}{'dateline':>10}{'even':>9}{'odd':>9}"]
    for key in (f"{name}.{measure}" for name in SETS for measure in REPORTED):
        if key in figures:
            values = (figures[key + suffix] for suffix in (".stock", "", ".even", ".odd"))
            name, measure = key.split(".")
            lines.append(
                f"{name:19}{measure:12}"
                + "".join(f"{value:>{w}.4f}" for value, w in zip(values, (9, 10, 9, 9), strict=True))
            )
    lines += [
        f"{key:31}{value:9.4f}"
        for key, value in figures.items()
        if key.startswith(("cpu_ratio", "p50", "p99", "max_s")) or key.endswith("stored_share")
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
