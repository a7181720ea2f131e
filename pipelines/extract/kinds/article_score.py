"""How likely a page is an article, 0 to 1, and the strongest reasons: a weighted sum of the page's signs.

The weights are in article_weights.json; `make fit-article-score` fits them on annotated pages.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipelines.extract.kinds.signs import SIGNS, PageCounts, signs_of
from pipelines.extract.metadata import Metadata

_REASONS = 3
_FURTHEST = 6.0
"""Standard deviations beyond which a sign says no more."""
_DECLARED = 0.1
"""The threshold for a page that says it is an article: of WCXB's pages below the usual one it keeps 2 articles and 1 other."""
_BARE_LINKS = 5
"""A page with fewer links, neither offers nor prices, and no address of others or of a home page has too little to tell it by."""

_LEAST_TEXT = 18
"""Characters of a bare page that does not say that it is an article: below are words such as "Sold out." and "It works!"."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a sign counts: its mean and deviation over the annotated pages, and the weight of one deviation."""

    mean: float
    deviation: float
    weight: float

    def part(self, value: float) -> float:
        """Returns what a value adds to the sum."""
        return self.weight * max(-_FURTHEST, min(_FURTHEST, (value - self.mean) / self.deviation))


@dataclass(frozen=True, slots=True)
class Model:
    """The weights, the sum of a page without any sign, and the probability below which a page is not an article."""

    weights: Mapping[str, Weight]
    intercept: float
    threshold: float


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """`probability` that the page is an article; `reasons` that speak against it, the strongest first.

    `is_declared`: its markup says that it is one, or when it was published.
    """

    probability: float
    reasons: tuple[str, ...]
    is_article: bool
    is_declared: bool = False


@cache
def model() -> Model:
    """Returns the fitted weights."""
    stored = json.loads(files(__package__).joinpath("article_weights.json").read_text(encoding="utf-8"))
    weights = {name: Weight(*numbers) for name, numbers in stored["weights"].items()}
    return Model(weights, stored["intercept"], stored["threshold"])


def score_article(counts: PageCounts, metadata: Metadata) -> ArticleScore:
    """Returns how likely the page is an article, and what speaks against it."""
    signs, fitted = signs_of(counts, metadata), model()
    parts = {name: weight.part(signs[name]) for name, weight in fitted.weights.items()}
    probability = 1 / (1 + math.exp(-fitted.intercept - sum(parts.values())))
    against = sorted((part, name) for name, part in parts.items() if part < 0)[:_REASONS]
    reasons = tuple(SIGNS[name][signs[name] <= fitted.weights[name].mean] for _, name in against)
    is_declared = bool(signs["typed_article"] or signs["dated_meta"])
    is_bare = (
        counts.links < _BARE_LINKS
        and (is_declared or not signs["address_home"])
        and not (counts.offers or counts.prices or signs["address_of_other"])
        and (is_declared or counts.text >= _LEAST_TEXT)
    )
    least = min(_DECLARED, fitted.threshold) if is_declared else fitted.threshold
    return ArticleScore(round(probability, 3), reasons, is_bare or probability >= least, is_declared)
