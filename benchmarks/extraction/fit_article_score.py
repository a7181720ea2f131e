"""`make fit-article-score CORPUS=FOLDER`: fits the weights of the article score on annotated pages.

Ridge-regularised logistic regression over the signs of a page (`pipelines/extract/kinds/signs.py`). Each page's probability
comes from weights that were fitted without the pages of its fold (`pages.py`). The threshold is the probability that keeps
RECALL of the annotated articles out of fold. Writes pipelines/extract/kinds/article_weights.json, the same for the same
pages.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.extraction.pages import FOLDS, PROCESSES, Page, read_corpus
from dateline.html import parse_html
from dateline.types.article import Hints
from pipelines.extract.kinds.signs import SIGNS, count_page, signs_of
from pipelines.extract.metadata import read_metadata

MIXED = "wcxb"
"""The set that has other pages beside articles; all pages of the other sets are articles."""
WEIGHTS = Path("pipelines/extract/kinds/article_weights.json")
RIDGE, OTHERS_COUNT, STEPS, FURTHEST = 15.0, 2.0, 25, 6.0
RECALL, REPORTED = 0.987, (0.98, 0.985, 0.987, 0.99)
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
Floats = NDArray[np.float64]


Signs = dict[str, float]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The means and deviations of the signs, the weight of a deviation of each, and the intercept last."""

    means: Floats
    deviations: Floats
    weights: Floats

    def probabilities(self, values: Floats) -> Floats:
        """Returns the probability of each row."""
        return np.asarray(1 / (1 + np.exp(-_with_ones(self._scaled(values)) @ self.weights)))

    def _scaled(self, values: Floats) -> Floats:
        return np.clip((values - self.means) / self.deviations, -FURTHEST, FURTHEST)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the pages, fit, print what the score is worth out of fold, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with one folder per set")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument(
        "--signs", type=Path, help="a file that keeps the pages' signs, read instead of the pages if there"
    )
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    pages = read_corpus(options.corpus)
    signs = signs_of_pages(pages, options.signs)
    outside = out_of_fold(pages, signs)
    threshold = round(_threshold(pages, outside, RECALL), 4)
    print("\n".join(f"{name:36}{value:8.4f}" for name, value in figures_of(pages, outside).items()))
    options.out.write_text(_stored(fit(*matrix(pages, signs)), threshold))
    print(f"{options.out}: {len(SIGNS)} signs, threshold {threshold}")


def signs_of_pages(pages: Sequence[Page], kept: Path | None = None) -> list[Signs]:
    """Returns the signs of each page; `kept` is a file of JSON lines that saves reading the pages again."""
    if kept and kept.exists():
        return [json.loads(line) for line in kept.read_text().splitlines()]
    with Pool(PROCESSES) as processes:
        signs = processes.map(_signs, pages, chunksize=8)
    if kept:
        kept.write_text("".join(json.dumps(one) + "\n" for one in signs))
    return signs


def _signs(page: Page) -> Signs:
    url = page.url or "https://unknown.invalid/a/b-c-d"
    root = parse_html(page.body(), None)
    metadata = read_metadata(root, url, Hints(), NOW)
    return signs_of(count_page(metadata), metadata)


def matrix(pages: Sequence[Page], signs: Sequence[Signs]) -> tuple[Floats, Floats]:
    """Returns the signs, a row for each page, and 1.0 for each article."""
    values = np.array([[one[name] for name in SIGNS] for one in signs])
    return values, np.array([float(page.is_article) for page in pages])


def fit(values: Floats, is_article: Floats) -> Fitted:
    """Returns the weights by Newton's method; another page counts twice, since there are fewer."""
    means, deviations = values.mean(axis=0).round(4), values.std(axis=0).round(4) + 1e-4
    scaled = _with_ones(np.clip((values - means) / deviations, -FURTHEST, FURTHEST))
    counted = np.where(is_article == 1, 1.0, OTHERS_COUNT)
    ridge = np.diag([RIDGE] * values.shape[1] + [1e-9])
    weights = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        found = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (counted * (found - is_article)) + ridge @ weights
        curve = (scaled * (counted * found * (1 - found))[:, None]).T @ scaled + ridge
        weights -= np.linalg.solve(curve, slope)
    return Fitted(means, deviations, weights)


def _with_ones(values: Floats) -> Floats:
    return np.hstack([values, np.ones((len(values), 1))])


def out_of_fold(pages: Sequence[Page], signs: Sequence[Signs]) -> Floats:
    """Returns each page's probability by weights that were fitted without its fold."""
    values, is_article = matrix(pages, signs)
    folds = np.array([page.fold for page in pages])
    found = np.zeros(len(pages))
    for fold in range(FOLDS):
        inside = folds != fold
        found[~inside] = fit(values[inside], is_article[inside]).probabilities(values[~inside])
    return found


def _threshold(pages: Sequence[Page], found: Floats, recall: float) -> float:
    articles = np.array([page.set == MIXED and page.is_article for page in pages])
    return float(np.quantile(found[articles], 1 - recall))


def figures_of(pages: Sequence[Page], found: Floats) -> dict[str, float]:
    """Returns the share of other pages taken for articles, at several shares of articles kept; then by type of page."""
    types = np.array([page.gold.get("page_type", "article") if page.set == MIXED else "news" for page in pages])
    other = ~np.isin(types, ["article", "news"])
    out: dict[str, float] = {}
    for recall in REPORTED:
        passed = found >= _threshold(pages, found, recall)
        out[f"article_recall_{recall}.false_articles"] = float(passed[other].mean())
        out[f"article_recall_{recall}.news_kept"] = float(passed[types == "news"].mean())
    passed = found >= _threshold(pages, found, RECALL)
    return out | {f"false_articles.{kind}": float(passed[types == kind].mean()) for kind in sorted(set(types[other]))}


def _stored(fitted: Fitted, threshold: float) -> str:
    numbers = zip(SIGNS, fitted.means, fitted.deviations, fitted.weights[:-1], strict=True)
    rows = (f'  "{name}": [{mean:.4f}, {deviation:.4f}, {weight:.3f}]' for name, mean, deviation, weight in numbers)
    head = f'{{\n "threshold": {threshold},\n "intercept": {fitted.weights[-1]:.3f},\n "weights": {{\n'
    return head + ",\n".join(rows) + "\n }\n}\n"


if __name__ == "__main__":
    main()
