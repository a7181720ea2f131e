"""An attack: what a hostile site serves and which of its pages are crawled, step by step.

An attack is made of a function of a `Play`, which names its hosts and pages. The function returns steps; each sets answers,
then has some URLs crawled. To add an attack, write its function in one of the modules that `catalogue.py` lists, and give
it the name of its protection (`hooks/sitecustomize.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.attacks.web import Answer, article, rss

Victim = Literal["before", "after", "beside", "never"]
VICTIMS: tuple[Victim, ...] = ("before", "after", "beside", "never")
"""When the victim's own pages are crawled: before the attack, after it, in one crawl with its first step, or not at all."""
BEFORE: tuple[Victim, ...] = ("before",)
OLD, LATE, OWN_DATE = "Mon, 02 Jan 2012 10:00:00 GMT", "Fri, 20 Nov 2026 10:00:00 GMT", "Sun, 03 May 2026 10:00:00 GMT"
OWN_AUTHOR = "Olive Marten"


@dataclass
class Step:
    """Answers that hold from now on, then URLs that are crawled."""

    answers: dict[str, Answer] = field(default_factory=dict)
    crawled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Play:
    """One attack on one victim; hosts are its own."""

    number: int
    victim: Victim

    @property
    def paper(self) -> str:
        """The victim's host."""
        return f"http://paper{self.number}.test"

    @property
    def thief(self) -> str:
        """The hostile host."""
        return f"http://thief{self.number}.test"

    def page(self, n: int = 0) -> str:
        """An article of the victim."""
        return f"{self.paper}/2026/05/report-{n}-of-the-town-council"

    def own(self, n: int = 0) -> str:
        """An article of the hostile site."""
        return f"{self.thief}/2026/05/what-the-town-saw-{n}"

    def true_page(self, n: int = 0) -> Answer:
        """What the victim itself serves."""
        return article(f"paper {self.number} {n}")

    @property
    def changed_page(self) -> Answer:
        """What the victim itself serves after it changed its article."""
        return article(f"paper {self.number} 0", added="The council met once more and voted again.")

    def forged(self, n: int = 0, head: str = "", text: str = "", added: str = "") -> Answer:
        """A page of the hostile site."""
        return article(f"forged {self.number} {n}", head=head, text=text, added=added)

    @property
    def own_feed(self) -> Answer:
        """The victim's own feed."""
        return rss(self.page(), "A report on what the town saw", OWN_DATE, OWN_AUTHOR)


Steps = Callable[[Play], list[Step]]


@dataclass(frozen=True)
class Attack:
    """An attack. `protection` is what keeps it from succeeding, as the hooks name it."""

    name: str
    protection: str
    steps: Steps
    pages: int = 1
    """The victim's articles that are checked."""
    is_changed: bool = False
    """Whether the victim changes its article itself, which must become a revision; its victims are stored before."""
    checks_story: bool = False
    """Whether the story of the victim's articles is checked, too."""
    victims: tuple[Victim, ...] = VICTIMS
    """When the victim may be crawled."""


def attack(
    protection: str,
    pages: int = 1,
    *,
    is_changed: bool = False,
    checks_story: bool = False,
    victims: tuple[Victim, ...] = VICTIMS,
) -> Callable[[Steps], Attack]:
    """Make an attack of a function, named as it is."""

    def made(steps: Steps) -> Attack:
        name = steps.__name__.replace("_", " ")
        return Attack(name, protection, steps, pages, is_changed, checks_story, victims)

    return made
