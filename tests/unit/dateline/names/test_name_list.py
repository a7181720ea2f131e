"""Lists of names: what is read, what is refused with its line, and that what is written is read again."""

from __future__ import annotations

import pytest

from dateline.errors import UsageError
from dateline.names.builtin import LANGUAGES, builtin
from dateline.names.name_list import NameLine, read_names, write_names


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Q1,person,Ada May,May|A. May\n", NameLine("Q1", "person", "Ada May", ("May", "A. May"))),
        (
            "\ufeffid,kind,name,aliases,language\r\nQ1,Person,Ada May,,EN-gb\r\n",
            NameLine("Q1", "person", "Ada May", (), "en"),
        ),
        ("name;id;kind\nAda May;Q1;PER\n", NameLine("Q1", "person", "Ada May", ())),
        ("Q2\torganization\tOrchard, Inc.\n\n", NameLine("Q2", "organisation", "Orchard, Inc.", ())),
        ('Q1,person,"May, Ada"," May | |May|May, Ada"\n', NameLine("Q1", "person", "May, Ada", ("May",))),
        ("Q1,person,Ada\x00\u202e May,\n", NameLine("Q1", "person", "Ada May", ())),
        ("sep=;\r\nid;kind;name\r\nQ1;person;Ada May\r\n", NameLine("Q1", "person", "Ada May", ())),
        ("\n\nid,kind,name\n\nQ1,person,Ada May\n", NameLine("Q1", "person", "Ada May", ())),
        ("Q1,person,Ada May,,English\n", NameLine("Q1", "person", "Ada May", (), "en")),
        ("qid,type,label,alias,note\nQ1,person,Ada May,May,x\n", NameLine("Q1", "person", "Ada May", ("May",))),
        ("Q1,person,Ada May,,,,,\n", NameLine("Q1", "person", "Ada May", ())),
    ],
)
def test_lists_are_read_as_people_write_them(text: str, made: NameLine) -> None:
    assert read_names(text) == [made]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no names in it"),
        ("id,kind,name\n", "no names in it"),
        ("Q1,person,Ada\nQ2,planet,Mars\n", "line 2: the kind is 'planet'; it is one of person"),
        ("Q1,person,\n", "line 1: the name '' has no letter"),
        ("id,name\nQ1,Ada\n", "the heading lacks kind; the columns are id, kind, name"),
        ("id;kind\nQ1;person\n", "the heading lacks name"),
        ("id,kind,name,Name\nQ1,person,Ada,May\n", "the heading has name twice"),
        ("Q1,person,Reed, Sons, and Co,en,x\n", "line 1: it has 7 cells, of 5; put quotes around a text with a comma"),
        ("PK\x03\x04\x14xl/workbook.xml", "it is a spreadsheet; save it as CSV"),
        (' [{"id": "Q1"}]', "it is JSON; save it as CSV"),
        ("name\nAda\n", "The columns are id, kind, name, aliases, language"),
        (",person,Ada\n", "line 1: the id '' is empty"),
        ("Q1,person,Ada,,english!\n", "line 1: the language is 'english!'"),
        ("Q1,person,Ada\nQ1,place,Ada\n", "line 2: Q1 is a person on another line and a place here"),
        (f"Q1,person,{'a' * 201}\n", "is longer than 200 characters"),
        ('Q1,person,"Ada\n', "it is not CSV"),
        ("Q1,person,***\n", "has no letter or digit"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_names(text)
    assert said in str(error.value)


def test_of_many_mistakes_the_first_are_listed() -> None:
    with pytest.raises(UsageError, match="and 80 more"):
        read_names("Q1,x,Ada\n" * 100)


def test_what_is_written_is_read_again() -> None:
    lines = [
        NameLine("Q1", "person", 'O"Leary, Sean', ("O'Leary", "Sean"), "en"),
        NameLine("Q2", "place", "東浜市", ()),
    ]
    assert read_names("".join(write_names(lines))) == lines


def test_places_are_named_in_every_language() -> None:
    lines = builtin("places")
    assert read_names("".join(write_names(lines))) == lines
    named = {(line.id, line.language): line.name for line in lines}
    assert named["iso-DE", "ru"] == "Германия"
    assert named["iso-CN", "fr"] == "Chine"
    assert named["tz-Europe/Paris", "ja"] == "パリ"
    assert named["tz-Europe/Berlin", "es"] == "Berlín"
    assert {language for _, language in named} == set(LANGUAGES)
    forms = [(form, line.language) for line in lines for form in (line.name, *line.aliases)]
    assert forms.count(("США", "ru")) == forms.count(("China", "es")) == 1, "what is in brackets is another country"
    with pytest.raises(UsageError, match="Choose from: places"):
        builtin("planets")
