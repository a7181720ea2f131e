"""Sparse vectors of terms: their product, sum and length, and whether two pages have nearly the same words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

Vector = Mapping[int, float]

REPEAT = 0.8
"""A page that shares so much with an earlier one of its outlet (cosine, rare and common words alike) says the same again: it
adds nothing to the size of a story, and its words become no less rare by it."""


def dot(one: Vector, other: Vector) -> float:
    """The scalar product of two sparse vectors."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def total(vectors: Iterable[Vector]) -> dict[int, float]:
    """The sum of sparse vectors."""
    found: defaultdict[int, float] = defaultdict(float)
    for vector in vectors:
        for term, weight in vector.items():
            found[term] += weight
    return dict(found)


def unit(vector: Vector) -> dict[int, float]:
    """The vector at length 1."""
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()} if length else {}


def strongest(vector: Vector, limit: int) -> list[int]:
    """The terms that weigh most, in order."""
    return sorted(vector, key=lambda term: (-vector[term], term))[:limit]


def length_of(vector: Vector, terms: Iterable[int]) -> float:
    """The length of a vector in these terms."""
    return math.sqrt(sum(vector[term] ** 2 for term in terms))


def says_again(one: Vector, other: Vector) -> bool:
    """Whether one page has nearly the words of another."""
    return dot(unit(one), unit(other)) >= REPEAT
