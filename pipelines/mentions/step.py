"""Looks through stored articles for the names of the list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, partial

from dateline import log
from pipelines.mentions.cases import ENDINGS, case_stem, plain
from pipelines.mentions.index import Form, NameIndex, WordForm, known_words
from pipelines.mentions.rules import Common, Place, mentions, places
from pipelines.mentions.text_words import TextWords
from pipelines.mentions.vocabulary import CAPITAL_NOUNS
from pipelines.stories.terms import small_words, stoplist
from sql.names.names import FoundName, NameForm, Names, Unread

BATCH = 50
LONG_TEXT = 50_000
"""Characters from which a text is read in a thread: the event loop has a lease to renew."""
FUNCTION_WORDS = 1000
"""Words of a list that has little but words of grammar."""
GERMAN_NAMES = frozenset({
    "berlin", "deutschland", "europa", "frankreich", "franz", "friedrich", "georg", "hans", "heinrich", "johann", "john", "karl",
    "ludwig", "maria", "michael", "münchen", "new", "paris", "paul", "peter", "robert", "thomas", "usa", "wien", "wilhelm",
    "york", "österreich",
})  # fmt: skip
"""Names among the most common German words. In other languages the capital shows them."""
MOST_WORDS = 200_000
"""Words of a language that are kept folded: beyond that, the cache is emptied."""
INFLECTED = {
    "ar": "arabic", "el": "greek", "eu": "basque", "fi": "finnish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "lt": "lithuanian", "ne": "nepali", "ro": "romanian", "ru": "russian", "sr": "serbian", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""Languages that inflect names and that PostgreSQL stems. Other stemmers would make names of words: Kohl, Kohle."""

logger = log.get(__name__)


@dataclass(slots=True)
class _Language:
    """What is known of one language: its index, and the words that were seen, as the search compares them."""

    code: str
    dictionary: str
    forms: list[Form]
    known: dict[str, WordForm] = field(default_factory=dict)
    index: NameIndex | None = None

    def word_form(self, folded: str, stem: str | None) -> WordForm:
        """A word with its stem: PostgreSQL's, or ours where it has none for the language."""
        return WordForm(folded, case_stem(folded, self.code) if self.code in ENDINGS else stem or folded)


@cache
def common(language: str) -> Common:
    """The most common words of a language, and those that are not names; these only where the list is not long: many
    of a long one are not common."""
    is_long = len(stoplist(language)) >= FUNCTION_WORDS
    small = stoplist(language) - GERMAN_NAMES if language in CAPITAL_NOUNS else small_words(language)
    return Common(
        frozenset(map(plain, small if is_long else stoplist(language))),
        frozenset() if is_long else frozenset(map(plain, small)),
    )


class NameMatcher:
    """Finds names. It reads the list again when that has changed."""

    def __init__(self, names: Names) -> None:
        self._names, self._version, self._languages = names, -1, dict[str, _Language]()
        self._forms: list[NameForm] = []
        self._persons = dict[str, str]()

    async def step(
        self,
        *,
        most: int | None = None,
        listener: Callable[[int], None] = lambda done: None,
        stop: asyncio.Event | None = None,
    ) -> int:
        """Look through the articles that wait, at most so many; how many that were. Each batch is a transaction."""
        done = 0
        while (most is None or done < most) and not (stop and stop.is_set()):
            async with self._names.unread(limit=BATCH) as (articles, kept):
                if not articles:
                    break
                await self.refresh()
                found = [row for article in articles for row in await self._read(article)]
                await kept.keep([article.id for article in articles], found)
            done += len(articles)
            listener(len(articles))
        return done

    async def places(self, title: str, text: str, language: str | None) -> list[Place]:
        """Where names of the list, as it was read last, are in an article."""
        spoken = self._language(language)
        parts = TextWords(title), TextWords(text)
        if spoken.index is None:
            await self._fold(known_words(spoken.forms), spoken)
            is_inflected = spoken.dictionary != "simple" or spoken.code in ENDINGS
            spoken.index = NameIndex(spoken.forms, spoken.known, language=spoken.code, is_inflected=is_inflected)
        await self._fold({*parts[0].texts, *parts[1].texts}, spoken)
        find = partial(
            places,
            spoken.index,
            *parts,
            spoken.known,
            common=common(spoken.code),
            language=spoken.code,
            persons=self._persons,
        )
        return find() if len(text) < LONG_TEXT else await asyncio.to_thread(find)

    async def _read(self, article: Unread) -> list[FoundName]:
        found = mentions(await self.places(article.title, article.text, article.language))
        return [FoundName(article.id, one.name_id, one.mentions, one.in_title, one.first_at) for one in found]

    async def refresh(self) -> None:
        """Read the list again if it has changed."""
        version = await self._names.version()
        if version != self._version:
            self._forms, self._languages, self._version = await self._names.forms(), {}, version
            self._persons = {}
            for one in self._forms:
                if one.kind == "person":
                    self._persons[one.name_id] = f"{self._persons.get(one.name_id, '')} {one.form}"

    def _language(self, code: str | None) -> _Language:
        """A language's index is made when its first article comes. Where none is known, all forms count."""
        key = code or ""
        if key not in self._languages:
            wanted = (form for form in self._forms if form.language in (None, code) or not code)
            dictionary = f"{INFLECTED[key]}_stem" if key in INFLECTED else "simple"
            texts: dict[str, list[str]] = {}
            for one in wanted:
                texts.setdefault(one.form, []).append(one.name_id)
            places_ = frozenset(one.name_id for one in self._forms if one.kind == "place")
            forms = [Form.of(*one, places=places_, persons=self._persons) for one in texts.items()]
            self._languages[key] = _Language(key, dictionary, forms)
        return self._languages[key]

    async def _fold(self, words: Iterable[str], spoken: _Language) -> None:
        """Have the database fold what was not seen before. ASCII is folded by its lower case, as dateline.fold does."""
        if len(spoken.known) > MOST_WORDS:
            own = known_words(spoken.forms)
            spoken.known = {word: form for word, form in spoken.known.items() if word in own}
        fresh = [word for word in words if word not in spoken.known]
        if spoken.dictionary == "simple":
            plain = [word for word in fresh if word.isascii()]
            spoken.known.update((word, spoken.word_form(word.lower(), None)) for word in plain)
            fresh = [word for word in fresh if not word.isascii()]
        for one in await self._names.folded(fresh, f"pg_catalog.{spoken.dictionary}") if fresh else ():
            spoken.known[one.word] = spoken.word_form(one.folded, one.stem)
