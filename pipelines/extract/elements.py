"""The elements of a page as it came, found in one walk: ask here for the elements of a tag or attribute.

lxml makes a Python object of each element that a walk meets, and drops it behind the walk. Here they are kept until the page is
read, so that later walks need not make them again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate

from lxml.html import HtmlElement


class Elements:
    """All elements of a tree in the page's order, by tag and by attribute, as they were before anything changed it."""

    def __init__(self, root: HtmlElement) -> None:
        self.all: list[HtmlElement] = list(root.iter("*"))
        self._by_tag, self._by_attribute = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
        for place, element in enumerate(self.all):
            self._by_tag[element.tag].append(place)
            for name in element.keys():  # noqa: SIM118 - an element is not a mapping: it has children
                self._by_attribute[name].append(place)

    def of(self, *tags: str, having: Sequence[str] = (), classed: str | None = None) -> list[HtmlElement]:
        """The elements with one of the tags, having one of the attributes, or with just this class attribute."""
        found: list[Sequence[int]] = [self._by_tag.get(tag, ()) for tag in tags]
        found += [self._by_attribute.get(name, ()) for name in having]
        found += [self.by_class.get(classed, ())] if classed is not None else []
        places = found[0] if len(found) == 1 else sorted({place for places in found for place in places})
        return [self.all[place] for place in places]

    def count(self, tag: str) -> int:
        """How many elements have the tag."""
        return len(self._by_tag.get(tag, ()))

    @property
    def attributes(self) -> Iterable[str]:
        """The names of all attributes of the page."""
        return self._by_attribute.keys()

    @cached_property
    def by_class(self) -> Mapping[str, Sequence[int]]:
        """The places in the page of the elements that have each class attribute."""
        found = defaultdict[str, list[int]](list)
        for place in self._by_attribute.get("class", ()):
            found[self.all[place].get("class") or ""].append(place)
        return dict(found)

    @cached_property
    def classes_text(self) -> str:
        """The distinct class attributes in lower case, a line for each."""
        return "\n".join(map(str.lower, self.by_class))

    @cached_property
    def _class_starts(self) -> tuple[int, ...]:
        """Where each class attribute begins in `classes_text`."""
        return tuple(accumulate((len(name.lower()) + 1 for name in self.by_class), initial=0))

    def classes_with(self, words: Iterable[str]) -> list[str]:
        """The class attributes that contain one of the lower-case words; `classes_text` is searched once for each word."""
        text, starts, found = self.classes_text, self._class_starts, set[int]()
        for word in words:
            at = text.find(word)
            while at >= 0:
                place = bisect_right(starts, at)
                found.add(place - 1)
                at = text.find(word, starts[place])
        names = list(self.by_class)
        return [names[place] for place in sorted(found)]
