"""Published measures of extraction, so that Dateline's figures compare with published ones.

body_f1      scrapinghub/article-extraction-benchmark: precision and recall of 4-word shingles a page, averaged, then F1.
rouge_lsum   Dallabetta et al. 2024 (Fundus): ROUGE-LSum F1 over punkt sentences, averaged over pages, in percent; a gold
             paragraph wholly in [brackets] is optional.
segment_f1   trafilatura's own: annotated pieces that must ("with") and must not ("without") be in the text.
word_f1, lost, held_*  WCXB's: F1 of the multiset of lower-cased words per page; pages below .5; whether gold title, author and
             day are held; article_recall and false_articles: shares of articles and of other pages whose kind is stored.
title, authors, day, minute, tags_f1: shares of pages, after NFKC, case folding and folding of white space.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dateline.types.article import STORED_KINDS

Row = dict[str, Any]
Pair = tuple[Row, Row]
"""A gold row of a manifest with the prediction for that page."""

LOST = 0.5
"""A page's measure below which its text is practically lost."""
_WORD = re.compile(r"\w+")
_ROUGE_TOKEN = re.compile(r"[a-z0-9]+")
_MOST_VARIED = 4
"""Optional paragraphs up to which every subset is tried, as the published evaluation does."""


def scores(pairs: Sequence[Pair]) -> dict[str, float]:
    """Every measure that the annotations allow, but for ROUGE, which is slow: see `page_rouge`."""
    if any("page_type" in row for row, _ in pairs):
        return wcxb(pairs)
    out: dict[str, float] = {}
    if any("body" in row for row, _ in pairs):
        out |= body_f1((row["body"], guess.get("text") or "") for row, guess in pairs)
    if any("with" in row for row, _ in pairs):
        out |= segment_f1(pairs)
    if any("published_at" in row for row, _ in pairs):
        out |= metadata(pairs)
    return out


def page_score(row: Row, text: str) -> float:
    """One page's text measure, 0 to 1: what pages are compared by (the set's own measure is over all its pages)."""
    if "words_of" in row:
        return word_f1(row["words_of"], text)
    if "with" in row:
        return segment_f1([(row, {"text": text})])["segment_f1"]
    return body_f1([(row["body"] if "body" in row else "\n".join(row["paragraphs"]), text)])["body_f1"]


# --- text ---------------------------------------------------------------------------------------------------------------


def body_f1(pages: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Mean precision and mean recall over pages, and the harmonic mean of the two."""
    precisions, recalls = [], []
    for gold, text in pages:
        want, got = _shingles(gold), _shingles(text)
        hits = (want & got).total()
        if got:
            precisions.append(hits / got.total())
        if want:
            recalls.append(hits / want.total())
    precision, recall = statistics.mean(precisions or [0.0]), statistics.mean(recalls or [0.0])
    return {"body_f1": _harmonic(precision, recall), "body_precision": precision, "body_recall": recall}


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)) if words[i : i + 4])


def word_f1(gold: str, text: str) -> float:
    """F1 of the multisets of lower-cased words."""
    want, got = (Counter(_WORD.findall(each.lower())) for each in (gold, text))
    return 2 * (want & got).total() / (want.total() + got.total()) if want or got else 1.0


def segment_f1(pairs: Sequence[Pair]) -> dict[str, float]:
    """F1 over all annotated pieces of all pages."""
    found = missed = wrong = 0
    for row, guess in pairs:
        text = _flat(guess.get("text") or "")
        hits = sum(_flat(piece) in text for piece in row["with"])
        found, missed = found + hits, missed + len(row["with"]) - hits
        wrong += sum(_flat(piece) in text for piece in row["without"])
    return {
        "segment_f1": 2 * found / max(1, 2 * found + wrong + missed),
        "segment_precision": found / max(1, found + wrong),
        "segment_recall": found / max(1, found + missed),
    }


def _flat(text: str) -> str:
    return " ".join(text.split())


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


# --- ROUGE-LSum ---------------------------------------------------------------------------------------------------------


@functools.cache
def _sentence_tokenizer() -> Any:
    import punkt

    return punkt.PunktSentenceTokenizer(punkt.load_model("english"))


def page_rouge(paragraphs: Sequence[str], text: str) -> float:
    """The best ROUGE-LSum F1, in percent, over all ways to leave optional paragraphs out of the gold text."""
    hypothesis = _sentences([_flat(line) for line in text.split("\n") if line.strip()])
    return 100 * max(_rouge_lsum(_sentences(variant), hypothesis) for variant in _variants(paragraphs))


def _variants(paragraphs: Sequence[str]) -> Iterator[list[str]]:
    optional = [i for i, p in enumerate(paragraphs) if p[:1] == "[" and p[-1:] == "]"]
    if len(optional) > _MOST_VARIED:
        drops: Iterable[tuple[int, ...]] = [(), tuple(optional)]
    else:
        drops = itertools.chain.from_iterable(itertools.combinations(optional, n) for n in range(len(optional) + 1))
    for drop in drops:
        yield [p[1:-1] if i in optional else p for i, p in enumerate(paragraphs) if i not in drop]


def _sentences(paragraphs: Sequence[str]) -> list[tuple[str, ...]]:
    """Tokens of each sentence, in the way of rouge-score 0.1.2 without stemming."""
    lines = "\n".join(_sentence_tokenizer().tokenize("\n\n".join(paragraphs))).split("\n")
    return [tuple(_ROUGE_TOKEN.findall(line.lower())) for line in lines if line]


def _rouge_lsum(reference: Sequence[tuple[str, ...]], hypothesis: Sequence[tuple[str, ...]]) -> float:
    wanted, given = sum(map(len, reference)), sum(map(len, hypothesis))
    if not wanted or not given:
        return 0.0
    left_reference = Counter(itertools.chain.from_iterable(reference))
    left_hypothesis = Counter(itertools.chain.from_iterable(hypothesis))
    hits = 0
    for sentence in reference:
        union = set().union(*(_lcs_places(sentence, other) for other in hypothesis))
        for token in (sentence[i] for i in sorted(union)):
            if left_reference[token] > 0 and left_hypothesis[token] > 0:
                hits += 1
                left_reference[token] -= 1
                left_hypothesis[token] -= 1
    return _harmonic(hits / given, hits / wanted)


@functools.lru_cache(maxsize=200_000)
def _lcs_places(reference: tuple[str, ...], other: tuple[str, ...]) -> frozenset[int]:
    """The indices in `reference` of one longest common subsequence: the one that rouge-score walks back to.

    Cached, since the variants of a page share nearly all pairs of sentences.
    """
    if reference == other:
        return frozenset(range(len(reference)))
    if not set(reference) & set(other):
        return frozenset()
    table = _lcs_table(reference, other)
    places, i, j = set(), len(reference), len(other)
    while i and j:
        if reference[i - 1] == other[j - 1]:
            places.add(i - 1)
            i, j = i - 1, j - 1
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return frozenset(places)


def _lcs_table(reference: tuple[str, ...], other: tuple[str, ...]) -> list[list[int]]:
    table = [[0] * (len(other) + 1)]
    for word in reference:
        above, row, left = table[-1], [0], 0
        for j, candidate in enumerate(other):
            left = above[j] + 1 if word == candidate else max(above[j + 1], left)
            row.append(left)
        table.append(row)
    return table


# --- WCXB ---------------------------------------------------------------------------------------------------------------


def wcxb(pairs: Sequence[Pair]) -> dict[str, float]:
    """Text, title, author and day of the articles; how many articles, and how many other pages, are of a kind that is stored."""
    articles = [pair for pair in pairs if pair[0]["page_type"] == "article"]
    others = [pair for pair in pairs if pair[0]["page_type"] != "article"]
    values = [word_f1(row["words_of"], guess.get("text") or "") for row, guess in articles]
    out = {"word_f1": statistics.mean(values), "lost": float(sum(value < LOST for value in values))}
    verdicts: dict[str, list[bool]] = {"held_title": [], "held_author": [], "held_day": []}
    for row, guess in articles:
        if want := folded(row.get("title_of")):
            got = folded(guess.get("title"))
            verdicts["held_title"].append(bool(got) and (want in got or got in want))
        if want := folded(row.get("author_of")):
            verdicts["held_author"].append(any(n in want or want in n for n in map(folded, guess.get("authors") or ())))
        if day := row.get("day_of"):
            verdicts["held_day"].append(day[:10] in {d.isoformat() for d in _days(instant(guess.get("published_at")))})
    out |= {name: statistics.mean(values) for name, values in verdicts.items() if values}
    if any("kind" in guess for _, guess in pairs):
        for name, group in (("article_recall", articles), ("false_articles", others)):
            if group:
                out[name] = statistics.mean(guess.get("kind") in STORED_KINDS for _, guess in group)
    return out


# --- metadata -----------------------------------------------------------------------------------------------------------


def metadata(pairs: Sequence[Pair]) -> dict[str, float]:
    """Title, authors, day, minute and tags_f1, each over the pages whose gold row has that field."""
    verdicts: dict[str, list[float]] = {name: [] for name in ("title", "authors", "day", "minute", "tags_f1")}
    for row, guess in pairs:
        for name, verdict in page_metadata(row, guess).items():
            verdicts[name].append(verdict)
    return {name: statistics.mean(values) for name, values in verdicts.items() if values}


def page_metadata(row: Row, guess: Row) -> dict[str, float]:
    """How well one page's fields meet the gold ones; fields that gold does not have are left out."""
    out: dict[str, float] = {}
    if row.get("title"):
        out["title"] = float(folded(row["title"]) == folded(guess.get("title")))
    if row.get("authors"):
        out["authors"] = float(_folded_set(row["authors"]) == _folded_set(guess.get("authors")))
    want, got = instant(row.get("published_at")), instant(guess.get("published_at"))
    if want:
        out["day"] = float(bool(_days(want) & _days(got)))
        if want.tzinfo:
            out["minute"] = float(bool(got and got.tzinfo and abs((want - got).total_seconds()) < 60))
        elif want.hour or want.minute:
            face = want.replace(second=0, microsecond=0)
            out["minute"] = float(bool(got and face == got.replace(tzinfo=None, second=0, microsecond=0)))
    if row.get("topics"):
        a, b = _folded_set(row["topics"]), _folded_set(guess.get("tags"))
        out["tags_f1"] = 2 * len(a & b) / (len(a) + len(b))
    return out


def folded(text: str | None) -> str:
    """The text after NFKC, case folding and folding of white space."""
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


def _folded_set(names: Sequence[str] | None) -> set[str]:
    return {folded(name) for name in names or ()}


def instant(text: str | None) -> dt.datetime | None:
    """The instant that an ISO 8601 string names, or None."""
    try:
        return dt.datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None
    except ValueError:
        return None


def _days(moment: dt.datetime | None) -> set[dt.date]:
    """The day in the instant's own zone and in UTC."""
    if moment is None:
        return set()
    return {moment.date()} | ({moment.astimezone(dt.UTC).date()} if moment.tzinfo else set())
