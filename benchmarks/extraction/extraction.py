"""`make bench-extraction CORPUS=FOLDER`: Dateline's extraction beside stock trafilatura on annotated pages.

Prints for each set and fold the text measure of both; for each set the mean paired difference per page with a 95 % interval
(bootstrap over domains), and the pages lost (measure below .5 where stock has .8) and gained (the other way round). Nothing
is fitted at run time; what was chosen by figures was chosen out of fold (see pages.py and ABLATE).

ABLATE=1 reads all pages once more for each rule without it: the effect of the rule on each set in ten-thousandths, and in
how many of the five folds the other four would keep it.

Writes build/bench/extraction.json (`<set>.<measure>`, with `.stock` for trafilatura and `.fold0` … for each fold,
`cpu_ratio_to_stock`, `p50_s`, `p99_s`) and build/bench/extraction.runs.jsonl (the predictions, page by page). Stock's reading
is cached in build/bench/stock.jsonl.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.extraction.measures import LOST, Row, page_rouge, page_score, scores
from benchmarks.extraction.pages import FOLDS, SETS, Page, cpu_seconds, read_all, read_corpus, rule_names, stock_of
from dateline.types.article import STORED_KINDS
from pipelines.boilerplate.strip import strip_batch
from pipelines.extract.extract import to_record

REPORTED = (
    *("body_f1", "rouge_lsum", "segment_f1", "word_f1", "lost", "title", "authors", "day", "minute", "tags_f1"),
    *("held_title", "held_author", "held_day", "article_recall", "false_articles"),
)
WELL_READ = 0.8
_RESAMPLES = 2_000
_TIMED = 8
"""Every eighth page is read once more by both readers in one process, to compare CPU."""


@dataclass(frozen=True, slots=True)
class Run:
    """A page with both readers' records and each one's measure of the text."""

    page: Page
    ours: Row
    stock: Row
    our_score: float
    stock_score: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the corpus, print the tables, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with one folder per set, each with manifest.jsonl"
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--ablate", action="store_true", help="also measure without each rule")
    parser.add_argument("--only", action="append", help="with --ablate: these rules only")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    pages = read_corpus(options.corpus)
    if not pages:
        parser.error(f"no page in {options.corpus}: it needs one folder per set, each with manifest.jsonl")
    runs = read(pages, options.out)
    figures = figures_of(runs) | compared(runs) | cpu(pages)
    (options.out / "extraction.json").write_text(json.dumps(figures, indent=1) + "\n")
    with (options.out / "extraction.runs.jsonl").open("w") as out:
        out.writelines(json.dumps(_record(run), ensure_ascii=False) + "\n" for run in runs)
    print(table(figures))
    if options.ablate:
        ablate(runs, options.only or rule_names())


def read(pages: Sequence[Page], folder: Path, off: Sequence[str] = ()) -> list[Run]:
    """Every page as both readers have it; each set is one batch whose boilerplate is learned, as the command does."""
    stock = stock_of(pages, folder / "stock.jsonl")
    return [
        Run(page, ours, theirs, _score(page, ours), _score(page, theirs))
        for page, ours, theirs in zip(pages, records(pages, off), stock, strict=True)
    ]


def records(pages: Sequence[Page], off: Sequence[str] = ()) -> list[Row]:
    """What `dateline extract --manifest` prints for the pages, each set being one manifest."""
    batches: dict[str, list[Any]] = defaultdict(list)
    for page, extraction in zip(pages, read_all(pages, off), strict=True):
        batches[page.set].append(extraction)
    stripped = {name: iter(strip_batch(batch)) for name, batch in batches.items()}
    return [to_record(next(stripped[page.set]), page.gold["id"]) for page in pages]


def _score(page: Page, record: Row) -> float:
    return page_score(page.gold, record.get("text") or "") if page.is_article else 0.0


def figures_of(runs: Sequence[Run]) -> dict[str, float]:
    """Each set's measures for both readers, over all pages and over each fold."""
    out: dict[str, float] = {}
    for name in SETS:
        batch = [run for run in runs if run.page.set == name]
        rouge = _rouge(batch) if name == "fundus-evaluation" else []
        for suffix, fold in (("", None), *((f".fold{i}", i) for i in range(FOLDS))):
            places = [i for i, run in enumerate(batch) if fold in (None, run.page.fold)]
            if any(batch[i].page.is_article for i in places):
                ours, theirs = (
                    scores([(batch[i].page.gold, record(batch[i])) for i in places]) for record in (_ours, _theirs)
                )
                out |= {f"{name}.{measure}{suffix}": value for measure, value in ours.items()}
                out |= {f"{name}.{measure}{suffix}.stock": value for measure, value in theirs.items()}
            for mark, values in zip(
                ("", ".stock"), zip(*(rouge[i] for i in places if rouge), strict=True), strict=False
            ):
                out[f"{name}.rouge_lsum{suffix}{mark}"] = statistics.mean(values)
        if name in ("scrapinghub", "fundus") and batch:
            out[f"{name}.stored_share"] = statistics.mean(_is_stored(run.ours) for run in batch)
    return out


def _ours(run: Run) -> Row:
    return run.ours


def _theirs(run: Run) -> Row:
    return run.stock


def _rouge(batch: Sequence[Run]) -> list[tuple[float, float]]:
    """Both readers' ROUGE-LSum of each page, which takes a second each."""
    return [
        (page_rouge(run.page.gold["paragraphs"], ours), page_rouge(run.page.gold["paragraphs"], theirs))
        for run in batch
        for ours, theirs in [(run.ours.get("text") or "", run.stock.get("text") or "")]
    ]


def compared(runs: Sequence[Run]) -> dict[str, float]:
    """Ours less stock per page and set: mean, 95 % interval, pages lost and gained."""
    out: dict[str, float] = {}
    for name in SETS:
        batch = [run for run in runs if run.page.set == name and run.page.is_article]
        if not batch:
            continue
        low, high = _interval(batch)
        out |= {
            f"{name}.difference": statistics.mean(run.our_score - run.stock_score for run in batch),
            f"{name}.difference.low": low,
            f"{name}.difference.high": high,
            f"{name}.lost_to_stock": sum(run.our_score < LOST and run.stock_score >= WELL_READ for run in batch),
            f"{name}.gained_over_stock": sum(run.stock_score < LOST and run.our_score >= WELL_READ for run in batch),
        }
    return out


def _interval(batch: Sequence[Run]) -> tuple[float, float]:
    """The middle 95 % of the mean difference over resampled domains."""
    groups: dict[str, list[float]] = defaultdict(list)
    for run in batch:
        groups[run.page.domain].append(run.our_score - run.stock_score)
    sums = [(sum(values), len(values)) for values in groups.values()]
    chance, means = random.Random(14), []
    for _ in range(_RESAMPLES):
        drawn = chance.choices(sums, k=len(sums))
        means.append(sum(total for total, _ in drawn) / sum(count for _, count in drawn))
    means.sort()
    return means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES) - 1]


def cpu(pages: Sequence[Page]) -> dict[str, float]:
    """CPU of both readers on every eighth page of each set."""
    ours, theirs = cpu_seconds(pages[::_TIMED])
    ordered = sorted(ours)
    quantiles = {"p50_s": 0.5, "p99_s": 0.99, "max_s": 1.0}
    return {"cpu_ratio_to_stock": sum(ours) / sum(theirs), "pages": len(pages)} | {
        name: ordered[int(q * (len(ordered) - 1))] for name, q in quantiles.items()
    }


def ablate(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Print a line per rule: pages that it changes, its effect on each set's mean page measure, and the folds that would keep it.

    Only pages where the rule fired are read again, since it can't matter on the others. Boilerplate that is learned from
    all pages of a host is left in both readings, so that the rule alone is measured.
    """
    articles = [run for run in runs if run.page.is_article]
    print(f"{'rule':22}{'pages':>6}" + "".join(f"{name[:11]:>13}" for name in SETS) + f"{'all':>8}{'kept in':>9}")
    for name in names:
        fired = [run for run in articles if name in run.ours["rules"]]
        pages = [run.page for run in fired]
        effects = {
            id(page): page_score(page.gold, with_it.text) - page_score(page.gold, without.text)
            for page, with_it, without in zip(pages, read_all(pages), read_all(pages, [name]), strict=True)
        }
        print(
            _ablation_line(name, len(fired), [(run.page, effects.get(id(run.page), 0.0)) for run in articles]),
            flush=True,
        )


def _ablation_line(name: str, fired: int, effects: Sequence[tuple[Page, float]]) -> str:
    """The rule's mean effects in ten-thousandths. A fold keeps it if it helps over the other four folds' pages."""
    groups = [[effect for page, effect in effects if page.set == each] for each in SETS]
    kept = sum(sum(effect for page, effect in effects if page.fold != fold) > 0 for fold in range(FOLDS))
    *per_set, overall = (1e4 * statistics.mean(values or [0.0]) for values in (*groups, [e for _, e in effects]))
    cells = "".join(f"{value:+13.1f}" for value in per_set)
    return f"{name:22}{fired:>6}{cells}{overall:+8.1f}{kept:>5}/{FOLDS}"


def _is_stored(record: Row) -> bool:
    return record["kind"] in STORED_KINDS and bool(record["title"]) and bool(record["text"])


def _record(run: Run) -> Row:
    marks = {"score": round(run.our_score, 4), "stock_score": round(run.stock_score, 4)}
    return {"set": run.page.set, "fold": run.page.fold} | run.ours | marks


def table(figures: dict[str, float]) -> str:
    """The figures in lines: a line per set and measure, then the comparison per set, then CPU."""
    folds = "".join(f"{f'fold {i}':>9}" for i in range(FOLDS))
    lines = [f"{'set':19}{'measure':16}{'stock':>9}{'dateline':>10}{folds}"]
    for key in (f"{name}.{measure}" for name in SETS for measure in REPORTED):
        if key in figures:
            values = [figures.get(f"{key}.stock"), figures[key], *(figures.get(f"{key}.fold{i}") for i in range(FOLDS))]
            name, measure = key.split(".")
            lines.append(
                f"{name:19}{measure:16}"
                + "".join(_cell(v, w) for v, w in zip(values, (9, 10, *[9] * FOLDS), strict=True))
            )
    lines.append(f"{'set':19}{'ours - stock per page':>24}{'95 % interval':>20}{'lost':>6}{'gained':>8}")
    for name in SETS:
        if f"{name}.difference" in figures:
            mean, low, high, lost, gained = (
                figures[f"{name}.{part}"]
                for part in ("difference", "difference.low", "difference.high", "lost_to_stock", "gained_over_stock")
            )
            lines.append(f"{name:19}{mean:+24.4f}{low:+10.4f}{high:+10.4f}{lost:>6}{gained:>8}")
    lines += [f"{key:31}{figures[key]:9.4f}" for key in ("cpu_ratio_to_stock", "p50_s", "p99_s", "max_s")]
    return "\n".join(lines)


def _cell(value: float | None, width: int) -> str:
    return f"{'':>{width}}" if value is None else f"{value:>{width}.4f}"


if __name__ == "__main__":
    main()
