"""Settings: where they come from, which one wins, and what a mistake in one says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from dateline.config import Settings, load, problems, shown
from dateline.errors import ConfigError

CONTACT = Settings(contact="desk@news.example")


def toml(folder: Path, text: str) -> Path:
    (folder / "dateline.toml").write_text(text)
    return folder


def test_settings_are_the_defaults_where_nothing_is_set(tmp_path: Path) -> None:
    assert load({}, data_dir=tmp_path) == Settings(data_dir=tmp_path)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    folder = toml(tmp_path, 'delay_s = 2\nconcurrency = 3\nrecheck_ages = ["2h"]\nallowed_ports = [8080]\n')
    found = load({"DATELINE_DELAY_S": "0.5", "DATELINE_DATA_DIR": "/elsewhere"}, data_dir=folder)
    assert (found.delay_s, found.concurrency, found.data_dir) == (0.5, 3, tmp_path)
    assert (found.recheck_ages, found.allowed_ports) == (("2h",), (8080,))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("archive", " Off ", False),
        ("archive", "1", True),
        ("max_bytes", "2000", 2000),
        ("timeout_s", "1e1", 10.0),
        ("recheck_ages", "1h, 2d,", ("1h", "2d")),
        ("recheck_ages", "", ()),
        ("allowed_ports", "8080,8443", (8080, 8443)),
        ("database_url", "", None),
        ("contact", "desk@news.example", "desk@news.example"),
    ],
)
def test_a_variable_is_read_as_the_type_of_its_setting(name: str, text: str, value: Any, tmp_path: Path) -> None:
    found = getattr(load({f"DATELINE_{name.upper()}": text}, data_dir=tmp_path), name)
    assert (found, type(found)) == (value, type(value))


def test_a_variable_ending_in_file_gives_the_text_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("pier\n")
    environ = {"DATELINE_CONSOLE_PASSWORD_FILE": str(tmp_path / "secret"), "DATELINE_CONSOLE_PASSWORD": "other"}
    assert load(environ, data_dir=tmp_path).console_password == "pier"


def test_the_database_password_file_completes_the_url(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p/i:er\n")
    environ = {"DATELINE_DATABASE_URL": "postgresql://ada:old@db/news"}
    environ["DATELINE_DATABASE_PASSWORD_FILE"] = str(tmp_path / "secret")
    assert load(environ, data_dir=tmp_path).database_url == "postgresql://ada:p%2Fi%3Aer@db/news"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("delay = 2", "unknown setting 'delay'. Did you mean 'delay_s'?"),
        ("xyzzy = 2", "unknown setting 'xyzzy'. `dateline config show` lists all settings"),
        ('data_dir = "/a"', "unknown setting 'data_dir'"),
        ('delay_s = "2"', "delay_s is '2'; it takes a number"),
        ("concurrency = true", "concurrency is True; it takes a whole number"),
        ("contact = 2", "contact is 2; it takes text in quotes"),
        ('archive = "no"', "archive is 'no'; it takes true or false"),
        ('allowed_ports = ["80"]', "it takes a list of whole numbers"),
        ("delay_s = ", "can't be read"),
    ],
)
def test_a_mistake_in_the_file_names_file_setting_value_and_cure(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load({}, data_dir=toml(tmp_path, text))
    assert str(tmp_path / "dateline.toml") in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("DATELINE_DELAY_S", "soon", "DATELINE_DELAY_S is 'soon'; it takes a number"),
        ("DATELINE_CONCURRENCY", "1.5", "DATELINE_CONCURRENCY is '1.5'; it takes a whole number"),
        ("DATELINE_ARCHIVE", "maybe", "DATELINE_ARCHIVE is 'maybe'; it takes true or false"),
        ("DATELINE_ALLOWED_PORTS", "80,http", "it takes whole numbers with commas between them"),
        ("DATELINE_CONTACT_FILE", "/no/such/file", "DATELINE_CONTACT_FILE names /no/such/file, which can't be read"),
    ],
)
def test_a_mistake_in_a_variable_names_variable_value_and_cure(
    variable: str, text: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load({variable: text}, data_dir=tmp_path)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"contact": ""}, "contact"),
        ({"user_agent": "7 pages"}, "user_agent"),
        ({"contact": "bücher@news.example"}, "contact"),
        ({"delay_s": -1.0}, "delay_s"),
        ({"concurrency": 0}, "concurrency"),
        ({"records_retention_days": 0}, "records_retention_days"),
        ({"max_visits_a_day": -1}, "max_visits_a_day"),
        ({"recheck_ages": ("1h", "soon")}, "recheck_ages"),
        ({"obey_reservations": ("noai", "noindex")}, "obey_reservations"),
        ({"callback_url": "news.example"}, "callback_url"),
        ({"log_level": "loud"}, "log_level"),
    ],
)
def test_each_unusable_value_is_a_problem_that_names_its_setting(changes: dict[str, Any], named: str) -> None:
    (problem,) = problems(dataclasses.replace(CONTACT, **changes))
    assert named in problem


def test_usable_values_are_no_problem() -> None:
    usable = dataclasses.replace(
        CONTACT, delay_s=0.0, recheck_ages=("10m", "3D"), obey_reservations=("noai",), log_level="INFO"
    )
    assert problems(usable) == []


def test_passwords_are_never_shown() -> None:
    secret = dataclasses.replace(CONTACT, database_url="postgresql://ada:pier@db/news", console_password="pier")
    values = {name: value for name, (value, _) in shown(secret).items()}
    assert values["database_url"] == "postgresql://ada:***@db/news"
    assert values["console_password"] == "***"
    assert "pier" not in str(values)


def test_every_setting_has_a_section_and_a_help_line() -> None:
    assert all(item.metadata["section"] and item.metadata["help"] for item in dataclasses.fields(Settings))
