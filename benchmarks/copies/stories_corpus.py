"""Articles whose stories are known: written by a generator, and halves of real articles as two outlets' reports.

The generator's languages have made-up words (Zipf's law), inflected at random, with synonyms. A topic (football, storms …)
has words and names of its own, so that two events of a topic share much; an event has names, numbers and words of its own,
of which each report takes some, and later reports find new ones. One event in five has a twin on the same day that shares
its words and half of its names: two matches of a league, two storms. Copies of a report are named as such.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

BEGIN = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "de",
    "di",
    "fa",
    "fe",
    "ga",
    "go",
    "ha",
    "hi",
    "ka",
    "ke",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "no",
    "pa",
    "pe",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "ve",
    "vo",
    "za",
    "ze",
]
ENDINGS = ("", "", "", "s", "n", "en", "er", "ed")


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article, the event that it is about, and the article that it is a copy of."""

    number: int
    event: str
    site: str
    language: str
    title: str
    text: str
    published_at: dt.datetime
    copy_of: int | None = None


@dataclass(slots=True)
class Tongue:
    """A made-up language: common words and synonyms."""

    code: str
    chance: random.Random
    is_spaced: bool = True
    taken: set[str] = field(default_factory=set)
    common: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.common = [self.word() for _ in range(6000)]

    def word(self) -> str:
        """A word that no other is."""
        while True:
            if self.is_spaced:
                made = "".join(self.chance.choices(SYLLABLES, k=self.chance.choice((1, 2, 2, 3, 3, 4))))
            else:
                made = "".join(
                    chr(self.chance.randrange(0x4E00, 0x4E00 + 2500))
                    for _ in range(self.chance.choice((1, 2, 2, 2, 3)))
                )
            if made not in self.taken:
                self.taken.add(made)
                return made

    def any_common(self) -> str:
        """A common word, by Zipf's law."""
        return self.common[min(len(self.common) - 1, int(len(self.common) ** self.chance.random()) - 1)]

    def name(self) -> str:
        """A proper name."""
        return self.word().capitalize()


@dataclass(slots=True)
class Topic:
    """What events of a kind share: words with a synonym each, names, numbers' range."""

    tongue: Tongue
    words: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        tongue = self.tongue
        self.words = [(tongue.word(), tongue.word()) for _ in range(90)]
        self.names = [tongue.name() for _ in range(25)]


@dataclass(slots=True)
class Event:
    """One event. Facts come out over its hours, the first few at once."""

    key: str
    topic: Topic
    begin: dt.datetime
    hours: float
    reports: int
    facts: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        tongue, chance = self.topic.tongue, self.topic.tongue.chance
        self.facts = [tongue.name() for _ in range(chance.randint(6, 12))] + [
            str(chance.randint(3, 9999)) for _ in range(5)
        ]
        self.shared = chance.sample(self.topic.names, 6)
        self.words = [(tongue.word(), tongue.word()) for _ in range(12)] + chance.sample(self.topic.words, 30)


def written(
    seed: int, *, events: int = 160, background: int = 700, days: int = 9, codes: Sequence[str] = ("en", "de", "zh")
) -> list[Labelled]:
    """A press of several days in made-up languages, in order of publication."""
    chance = random.Random(seed)
    tongues = [Tongue(code, chance, is_spaced=code != "zh") for code in codes]
    topics = [Topic(chance.choice(tongues)) for _ in range(max(3, events // 8))]
    found: list[Labelled] = []
    for n in range(events + background):
        is_event = n < events
        begin = BEGIN + dt.timedelta(hours=chance.uniform(0, days * 24))
        hours = min(96.0, chance.lognormvariate(2.6, 0.9)) if is_event else 0
        reports = min(60, 2 + int(chance.paretovariate(1.1))) if is_event else 1
        event = Event(f"e{n}", chance.choice(topics), begin, hours, reports)
        found += _told(event, len(found), chance)
        if is_event and n % 5 == 0:
            twin = Event(f"t{n}", event.topic, begin + dt.timedelta(hours=chance.uniform(0, 24)), hours, reports)
            twin.words, twin.shared = event.words, event.shared
            found += _told(twin, len(found), chance)
    return sorted(found, key=lambda one: (one.published_at, one.number))


def _told(event: Event, number: int, chance: random.Random) -> Iterator[Labelled]:
    sites = [f"outlet{n}.test" for n in range(40)]
    originals: list[Labelled] = []
    for n in range(event.reports):
        late = chance.random() ** 2
        at = event.begin + dt.timedelta(hours=event.hours * late)
        if originals and chance.random() < 0.2:
            source = chance.choice(originals)
            text = " ".join(w for w in source.text.split(" ") if chance.random() > 0.05)
            yield Labelled(
                number + n,
                event.key,
                chance.choice(sites),
                source.language,
                source.title,
                text,
                max(at, source.published_at),
                source.number,
            )
            continue
        title, text = _report(event, late, chance)
        one = Labelled(number + n, event.key, chance.choice(sites), event.topic.tongue.code, title, text, at)
        originals.append(one)
        yield one


def _report(event: Event, late: float, chance: random.Random) -> tuple[str, str]:
    tongue = event.topic.tongue
    known = max(6, round(len(event.facts) * (0.6 + 0.4 * late)))
    facts = [one for one in event.facts[:known] if chance.random() < 0.65] or event.facts[:2]
    shared = [one for one in event.shared if chance.random() < 0.6]
    side = chance.random() < 0.5

    def inflected(pair: tuple[str, str]) -> str:
        word = pair[0] if (chance.random() < 0.8) == side else pair[1]
        return word + (chance.choice(ENDINGS) if tongue.is_spaced else "")

    def drawn() -> str:
        dice = chance.random()
        if dice < 0.62:
            return tongue.any_common() + (chance.choice(ENDINGS) if tongue.is_spaced and chance.random() < 0.3 else "")
        if dice < 0.78:
            return inflected(chance.choice(event.topic.words))
        if dice < 0.88:
            return inflected(chance.choice(event.words))
        return chance.choice(facts) if dice < 0.96 or not shared else chance.choice(shared)

    joint, stop = (" ", ".") if tongue.is_spaced else ("", "。")
    sentences = []
    for _ in range(chance.randint(5, 28)):
        sentence = joint.join(drawn() for _ in range(chance.randint(8, 22)))
        sentences.append(sentence[:1].upper() + sentence[1:] + stop)
    title = joint.join(
        [
            chance.choice(facts),
            inflected(chance.choice(event.words)),
            drawn(),
            drawn(),
            drawn(),
            inflected(chance.choice(event.topic.words)),
        ]
    )
    return title, "\n".join(sentences)


def events(name: str) -> list[Labelled]:
    """Events as two to four outlets report them, written by hand; events/NAME.jsonl."""
    with (Path(__file__).parent / "events" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = [
        Labelled(
            number, row["event"], row["site"], row["language"], row["title"], row["text"],
            BEGIN + dt.timedelta(hours=row["hours"]),
        )
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.published_at, one.number))


def halved(folder: Path, seed: int, *, limit: int = 1500, parts: int = 3) -> list[Labelled]:
    """Real articles, each divided by alternating sentences into reports of several outlets within hours.

    Only the first part keeps the headline. Parts under 40 words are left out.
    """
    chance = random.Random(seed)
    bodies = list(dict.fromkeys(_bodies(folder)))
    chance.shuffle(bodies)
    found: list[Labelled] = []
    for n, (title, body, language) in enumerate(bodies[:limit]):
        begin = BEGIN + dt.timedelta(hours=chance.uniform(0, 96))
        sentences = [one for one in re.split(r"(?<=[.!?。！？])\s*(?=\S)", body) if one.strip()]
        for part in range(parts):
            text = " ".join(sentences[part::parts])
            if len(text.split()) < 40 and len(text) < 400:
                continue
            at = begin + dt.timedelta(hours=chance.uniform(0, 30))
            found.append(
                Labelled(len(found), f"r{n}", f"outlet{part}.test", language, title if part == 0 else "", text, at)
            )
    return sorted(found, key=lambda one: (one.published_at, one.number))


def renamed(articles: Sequence[Labelled]) -> list[Labelled]:
    """The same with a third of the reports made another event's: every capitalised word and number is another."""
    found = []
    for one in articles:
        if one.site != "outlet2.test":
            found.append(one)
            continue
        text = re.sub(r"(?<=[^.!?\s\"] )[^\W\d_a-z]\w+|\d+", partial(_other_name, one.event), one.text)
        found.append(dataclasses.replace(one, event=f"x{one.event}", text=text))
    return found


def _other_name(event: str, match: re.Match[str]) -> str:
    """Always the same other name, or number, for a name of an event."""
    word = match.group()
    chance = random.Random(f"{event} {word}")
    if word.isdigit():
        return str(chance.randrange(10 ** min(9, len(word))))
    return "".join(chance.choices(SYLLABLES, k=3)).capitalize()


def _bodies(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Headline, gold text and language of the pages of a corpus folder."""
    from pipelines.extract.language import choose_language

    for manifest in sorted(folder.glob("*/manifest.jsonl")):
        for line in manifest.open(encoding="utf-8"):
            page = json.loads(line)
            body = page.get("body") or "\n".join(p.strip("[]") for p in page.get("paragraphs") or ())
            if len(body) > 600:
                yield page.get("title") or "", body, choose_language(None, body)[0] or "xx"
