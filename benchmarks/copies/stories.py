"""Stories found against stories known, beside single-pass TF-IDF: `make bench-stories`.

    python -m benchmarks.copies.stories [--corpus ../shared/corpus/extraction] [--seeds 1 2]

Each set is placed in order of publication and shuffled. Prints a table; build/bench/stories.json holds the figures of the
worst seed: B-cubed and pairwise precision, recall and F1, events split and stories merged, articles per second.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.copies.stories_corpus import Labelled, events, halved, renamed, written
from pipelines.copies.sketch import tokens
from pipelines.stories.clustering import ClusterIndex, Report, threshold
from pipelines.stories.terms import Vocabulary, language_of, read_terms
from pipelines.stories.vectors import dot, unit

Clusters = dict[int, int]
BATCH = 200


def placed(articles: Sequence[Labelled], *, batch: int = BATCH) -> Clusters:
    """The stories that the pure rules make of articles, in the order given."""
    vocabularies: dict[str, Vocabulary] = {}
    boards: dict[str, ClusterIndex] = {}
    for start in range(0, len(articles), batch):
        read = [
            (one, read_terms(one.title, one.text, language_of(one.language))) for one in articles[start : start + batch]
        ]
        for one, terms in read:
            vocabularies.setdefault(one.language, Vocabulary(one.language)).count(terms.terms)
        for one, terms in read:
            vocabulary = vocabularies[one.language]
            kept = vocabulary.strongest(terms.terms)
            report = Report(
                article_id=one.number,
                family=one.number if one.copy_of is None else one.copy_of,
                language=one.language,
                at=one.published_at.timestamp(),
                terms=kept,
                vector=(vector := vocabulary.vector(kept)),
                names=frozenset(terms.names & vector.keys()),
                site=one.site,
            )
            board = boards.setdefault(one.language, ClusterIndex())
            board.join = threshold(vocabulary.documents)
            board.assign(report)
    numbers = {name: n for n, name in enumerate(sorted(boards))}
    return {
        one.number: (boards[one.language].story_of(one.number) or 0) * 100 - numbers[one.language] for one in articles
    }


def single_pass(articles: Sequence[Labelled]) -> Clusters:
    """The usual baseline: TF-IDF over all that came before, the nearest centroid at cosine .5 or more, no time."""
    seen: Counter[str] = Counter()
    centroids: dict[int, dict[str, float]] = {}
    by_term: defaultdict[str, set[int]] = defaultdict(set)
    found: Clusters = {}
    for n, one in enumerate(articles, 1):
        counts = Counter(tokens(f"{one.title} {one.text}"))
        seen.update(counts.keys())
        vector = unit({w: c * math.log(1 + n / seen[w]) for w, c in counts.items()})
        near = {c for w in sorted(vector, key=vector.__getitem__)[-40:] for c in by_term[w]}
        scored = [(dot(vector, unit(centroids[c])), c) for c in near]  # type: ignore[type-var]
        score, best = max(scored, default=(0.0, -1))
        if score < 0.5:
            best = n
            centroids[best] = {}
        for word, weight in vector.items():
            centroids[best][word] = centroids[best].get(word, 0.0) + weight
        for word in sorted(vector, key=vector.__getitem__)[-40:]:
            by_term[word].add(best)
        found[one.number] = best
    return found


def scores(articles: Sequence[Labelled], found: Mapping[int, int]) -> dict[str, float]:
    """B-cubed and pairwise figures, events in several stories, and stories of several events."""
    gold: defaultdict[str, set[int]] = defaultdict(set)
    made: defaultdict[int, set[int]] = defaultdict(set)
    event = {one.number: one.event for one in articles}
    for one in articles:
        gold[one.event].add(one.number)
        made[found[one.number]].add(one.number)
    precision = recall = 0.0
    for number, name in event.items():
        both = len(gold[name] & made[found[number]])
        precision += both / len(made[found[number]])
        recall += both / len(gold[name])
    precision, recall = precision / len(event), recall / len(event)
    together = sum(math.comb(n, 2) for n in Counter((event[k], found[k]) for k in event).values())
    right = together / max(1, sum(math.comb(len(one), 2) for one in made.values()))
    complete = together / max(1, sum(math.comb(len(one), 2) for one in gold.values()))
    return {
        "b3_precision": precision,
        "b3_recall": recall,
        "b3_f1": _f1(precision, recall),
        "pair_precision": right,
        "pair_recall": complete,
        "pair_f1": _f1(right, complete),
        "events_split": sum(len({found[k] for k in one}) > 1 for one in gold.values()),
        "stories_merged": sum(len({event[k] for k in one}) > 1 for one in made.values()),
        "events": len(gold),
    }


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def orders(articles: Sequence[Labelled], seed: int) -> Iterator[tuple[str, list[Labelled]]]:
    """Publication's order, and another; copies stay behind their originals, as the store has it."""
    yield "published", list(articles)
    shuffled = random.Random(seed).sample(list(articles), len(articles))
    yield "shuffled", sorted(shuffled, key=lambda one: one.copy_of is not None)


def measured(
    name: str, articles: Sequence[Labelled], seed: int, how: Mapping[str, Callable[[Sequence[Labelled]], Clusters]]
) -> Iterator[dict[str, Any]]:
    """A record for each way and order."""
    for order, arranged in orders(articles, seed):
        for way, cluster in how.items():
            began = time.perf_counter()
            found = cluster(arranged)
            took = time.perf_counter() - began
            yield {
                "set": name,
                "seed": seed,
                "order": order,
                "way": way,
                "articles": len(articles),
                "per_s": len(articles) / took,
            } | scores(articles, found)


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus/extraction"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    how = {"dateline": placed, "single pass": single_pass}
    runs: list[dict[str, Any]] = []
    for seed in arguments.seeds:
        told = halved(arguments.corpus, seed)
        sets = {"written": written(seed), "parts": told, "renamed": renamed(told), "towns": events("many-towns")}
        sets |= {"town": events("one-town"), "alike": events("look-alikes")}
        sets["short"] = events("short-look-alikes")
        for name, articles in sets.items():
            for record in measured(name, articles, seed, how):
                runs.append(record)
                shown = " ".join(
                    f"{key} {record[key]:.3f}" for key in ("b3_precision", "b3_recall", "b3_f1", "pair_f1")
                )
                counts = f"split {record['events_split']} merged {record['stories_merged']} of {record['events']}"
                print(
                    f"{name:8} seed {seed} {record['order']:9} {record['way']:11} {shown} {counts}, {record['per_s']:.0f}/s",
                    flush=True,
                )
    results.write("stories", _figures(runs), runs)


def _figures(runs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Flat figures: the worst seed of each set, order and way."""
    found: dict[str, float] = {}
    for run in runs:
        stem = f"{run['way']}_{run['set']}_{run['order']}".replace(" ", "_")
        for key in ("b3_precision", "b3_recall", "b3_f1", "pair_precision", "pair_recall", "pair_f1", "per_s"):
            found[f"{stem}_{key}"] = min(round(run[key], 4), found.get(f"{stem}_{key}", math.inf))
    return found


if __name__ == "__main__":
    main()
