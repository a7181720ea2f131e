"""Settings: where they come from, which one wins, and what a mistake in one says."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dateline.cli import cli
from dateline.config import Settings, load, problems, read, shown
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
        (
            "DATELINE_OBEY_RESERVATIONS",
            '["noai"]',
            "it takes values with commas between them, without brackets and quotes",
        ),
        ("DATELINE_ALLOWED_PORTS", "[80, 443]", "without brackets and quotes"),
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
        ({"obey_reservations": ("noai", "nothing")}, "obey_reservations"),
        ({"callback_url": "news.example"}, "callback_url"),
        ({"log_level": "loud"}, "log_level"),
        ({"log_format": "xml"}, "log_format"),
        ({"health_port": 99999}, "health_port is 99999; it must be 65535 or less"),
        ({"console_port": -1}, "console_port is -1; it must be 0 or more"),
        ({"allowed_ports": (8080, 0)}, "allowed_ports is 0; it must be 1 or more"),
        ({"recheck_share": 1.5}, "recheck_share is 1.5; it must be 1 or less"),
        ({"timeout_s": 0.0}, "timeout_s"),
        ({"delay_s": float("nan")}, "delay_s is nan; it takes a number"),
        ({"archive_max_gb": float("inf")}, "archive_max_gb is inf"),
        ({"archive_retention_days": 10**9}, "archive_retention_days"),
        ({"min_free_mb": -5}, "min_free_mb"),
        (
            {"health_host": "http://127.0.0.1"},
            "health_host is 'http://127.0.0.1'; it takes an IP address or a host name",
        ),
        ({"console_host": "127.0.0.300"}, "console_host"),
        ({"console_hosts": ("news.example", "news.example:80")}, "console_hosts is 'news.example:80'"),
        (
            {"mail_server": "mail.test:99999", "mail_from": "a@b.test"},
            "mail_server is 'mail.test:99999'; it takes a host name",
        ),
        ({"mail_server": "smtp://mail.test", "mail_from": "a@b.test"}, "mail_server"),
        ({"mail_server": "mail.test"}, "mail_server is set and mail_from is not"),
        ({"mail_security": "ssl"}, "mail_security does not know 'ssl'; it takes starttls, tls, none"),
        ({"mail_server": "mail.test", "mail_from": "a@b.test\r\nBcc: c@d.test"}, "mail_from"),
        ({"mail_server": "mail.test", "mail_from": "a@b.test", "mail_user": "a"}, "mail_password is not"),
        ({"mail_digest_at": "25:00"}, "mail_digest_at is '25:00'; it takes a time of day such as 07:00"),
        ({"mail_time_zone": "Mars/Olympus"}, "mail_time_zone"),
        ({"alarm_quiet_hours": "22-7"}, "alarm_quiet_hours is '22-7'; it takes two times of day"),
        ({"alarm_mail": ("ops@b.test",)}, "alarm_mail is set and mail_server is not"),
        ({"alarm_webhook": "https://desk.test/h"}, "alarm_webhook_secret is not set"),
        ({"alarm_webhook_template": "slack"}, "alarm_webhook_template is set and alarm_webhook is not"),
        ({"console_port": 8766}, "console_port and health_port are both 8766"),
    ],
)
def test_each_unusable_value_is_a_problem_that_names_its_setting(changes: dict[str, Any], named: str) -> None:
    (problem,) = problems(dataclasses.replace(CONTACT, **changes))
    assert named in problem


MANY = """# our settings
contact = "desk@news.example"

health_port = 99999
delay_s = soon
"log_level" = "loud"
allowed_ports = [
  8080,
  70000,
]
healthport = 1
concurrency = "2"
"""


def test_all_mistakes_are_listed_at_once_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"DATELINE_CONSOLE_PORT": "99999", "DATELINE_TIMEOUT_S": "long"}, data_dir=toml(tmp_path, MANY))
    places = [line.removeprefix(f"{tmp_path}/dateline.toml:") for line in str(caught.value).split("\n")]
    assert [re.split(":| is ", place)[0] for place in places] == [
        *("4", "5", "6", "7", "11", "12", "DATELINE_TIMEOUT_S", "DATELINE_CONSOLE_PORT")
    ]
    assert "soon" not in str(caught.value), "what can't be read may be a password"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 1\na = 2\nb = 3", [2]),
        ("x = [1,\n2\ny = 3\nz =", [1, 4]),
        ('a = "open\nb = 2', [1]),
        ("nothing here\n= 2\nb = 2", [1, 2]),
        ("a = 1\n[[b]\nc = 2", [2]),
        ("\n\n\ufeff", [3]),
    ],
)
def test_a_line_that_cannot_be_read_hides_no_other(text: str, lines: list[int], tmp_path: Path) -> None:
    found = read({}, data_dir=toml(tmp_path, text)).mistakes
    assert [int(line.split("dateline.toml:")[1].split(":")[0]) for line in found if "can't be read" in line] == lines


def test_usable_values_are_no_problem() -> None:
    usable = dataclasses.replace(
        CONTACT,
        delay_s=0.0,
        console_host="::1",
        console_hosts=("news.example", "desk"),
        health_port=0,
        console_port=0,
        recheck_ages=("10m", "3D"),
        obey_reservations=("noai",),
        log_level="INFO",
    )
    assert problems(usable) == []


def checked(folder: Path, monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[int, list[str]]:
    """The exit code and the lines of `dateline config check`."""
    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    done = CliRunner().invoke(cli, ["--data-dir", str(folder), "config", "check"], env=variables)
    return done.exit_code, done.output.splitlines()


def test_config_check_finds_nothing_wrong_with_networks_in_any_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = '"10.0.0.0/8", "192.168.1.7", "10.1.2.3/8", "fd00::/8", "::1"'
    folder = toml(tmp_path, f'contact = "desk@news.example"\nallow_networks = [{networks}]\n')
    assert checked(folder, monkeypatch) == (0, ["all well"])
    given = {"DATELINE_ALLOW_NETWORKS": "10.0.0.0/8, fd00::/8", "DATELINE_CONTACT": "desk@news.example"}
    (tmp_path / "other").mkdir()
    assert checked(tmp_path / "other", monkeypatch, **given) == (0, ["all well"])


def test_config_check_lists_what_only_the_parts_can_say_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = toml(
        tmp_path,
        """contact = "desk@news.example"
allow_networks = ["10.0.0.0/8", "10.0.0.0/33", "office"]
health_port = 99999
resolve = ["a.test=1.2.3.4:99999", "@/no/such/file"]
database_url = "postgresql://desk:p@ss@db/news"
""",
    )
    code, lines = checked(folder, monkeypatch, DATELINE_HEALTH_PROT="1")
    assert code == 1
    heads = [line.removeprefix(f"{folder}/dateline.toml:").split(": ")[:2] for line in lines]
    assert [(place, text.split()[0]) for place, text in heads] == [
        ("2", "allow_networks"),
        ("2", "allow_networks"),
        ("3", "health_port"),
        ("4", "resolve"),
        ("4", "resolve"),
        ("5", "database_url"),
        ("DATELINE_HEALTH_PROT", "unknown"),
    ]
    assert "p@ss" not in "".join(lines)


def test_config_check_says_when_the_data_folder_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    code, lines = checked(tmp_path / "file" / "data", monkeypatch, DATELINE_CONTACT="desk@news.example")
    assert code == 1
    assert f"{tmp_path}/file is a file" in lines[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.news.example"])
def test_config_check_says_that_an_open_console_will_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    folder = toml(tmp_path, f'contact = "desk@news.example"\nconsole_host = "{host}"\n')
    code, lines = checked(folder, monkeypatch)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(f"{folder}/dateline.toml:2: console_host: The console would be open to everyone")
    for variables in ({"DATELINE_CONSOLE_PASSWORD": "a-long-password"}, {"DATELINE_CONSOLE_PORT": "0"}):
        assert checked(folder, monkeypatch, **variables) == (0, ["all well"])


def test_config_check_says_that_a_browser_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = toml(tmp_path, 'contact = "desk@news.example"\nchromium = "/no/such/chrome"\n')
    assert checked(folder, monkeypatch) == (
        1,
        [f"{folder}/dateline.toml:2: chromium: /no/such/chrome is not a program"],
    )


def test_mail_and_login_are_never_sent_in_the_clear_to_another_machine(tmp_path: Path) -> None:
    for server in ("mail.test", "mail.test:25", "10.0.0.1", "[2001:db8::1]:25", "localhost.evil.test"):
        environ = {"DATELINE_MAIL_SERVER": server, "DATELINE_MAIL_FROM": "a@b.test", "DATELINE_MAIL_SECURITY": "none"}
        with pytest.raises(ConfigError, match="needs starttls or tls"):
            load(environ, data_dir=tmp_path)
    for server in ("localhost", "localhost:2525", "127.0.0.1:25", "[::1]:25", "::1"):
        environ |= {"DATELINE_MAIL_SERVER": server}
        assert load(environ, data_dir=tmp_path).mail_server == server


def test_a_password_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    toml(tmp_path, "mail_password = 1234567\n")
    with pytest.raises(ConfigError, match="mail_password is of the wrong type; it takes text in quotes") as error:
        load({}, data_dir=tmp_path)
    assert "1234567" not in str(error.value)


HOOK = "https://hooks.test/T0/pier"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ALARM_WEBHOOK": "hooks.test/T0/pier"}, "alarm_webhook can't be used; it takes the receiver's URL"),
        ({"ALARM_WEBHOOK": "https://ada:pier@hooks.test/"}, "alarm_webhook can't be used"),
        ({"ALARM_WEBHOOK": "http://10.1.2.3/pier"}, "alarm_webhook: http://10.1.2.3/… is not allowed as a webhook"),
        ({"ALARM_WEBHOOK": "http://10.1.2.3?pier"}, "alarm_webhook: http://10.1.2.3/… is not allowed as a webhook"),
        ({"ALARM_WEBHOOK": "https://[::1/pier"}, "alarm_webhook can't be used; it takes the receiver's URL"),
        ({"ALARM_WEBHOOK": "https://[x/pier", "ALARM_WEBHOOK_TEMPLATE": "ntfy"}, "alarm_webhook can't be used"),
        ({"ALARM_WEBHOOK": "https://ada:pi/er@hooks.test/x"}, "alarm_webhook can't be used"),
        ({"ALARM_WEBHOOK": "https://ada:pi/er"}, "alarm_webhook can't be used"),
        ({"CALLBACK_URL": "https://ada:pier/x@bay.test/"}, "callback_url is 'https://***@bay.test/"),
        ({"CALLBACK_URL": "https://[x/"}, "callback_url is 'https://[x/'; it must be"),
        (
            {"ALARM_WEBHOOK": HOOK, "ALARM_WEBHOOK_SECRET": "pier"},
            "alarm_webhook_secret can't be used; it takes whsec_",
        ),
        ({"ALARM_WEBHOOK": HOOK, "ALARM_WEBHOOK_TEMPLATE": "pager"}, "it takes slack, teams, discord, ntfy"),
        ({"ALARM_WEBHOOK": "https://ntfy.test/", "ALARM_WEBHOOK_TEMPLATE": "ntfy"}, "ends with the topic"),
        ({"ALARM_WEBHOOKS": "https://ntfy.test/ ntfy"}, "alarm_webhooks: The webhook of ntfy ends with the topic"),
        (
            {"ALARM_WEBHOOKS": f"{HOOK} pager"},
            "after the URL it takes one of slack, teams, discord, ntfy, critical, warning",
        ),
        ({"ALARM_WEBHOOKS": f"{HOOK} slack teams"}, "one template and one severity"),
        ({"ALARM_WEBHOOKS": f"{HOOK} critical"}, "alarm_webhook_secret is not set"),
        ({"ALARM_WEBHOOKS": "http://10.1.2.3/pier slack"}, "alarm_webhooks: http://10.1.2.3/… is not allowed"),
        ({"ALARM_WEBHOOKS": f'["{HOOK}"]'}, "it takes values with commas between them"),
        ({"ALARM_WEBHOOKS": "slack https://hooks.test/pier"}, "alarm_webhooks can't be used"),
    ],
)
def test_config_check_names_what_is_wrong_with_the_alarm_webhook_and_shows_no_secret(
    variables: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {f"DATELINE_{name}": value for name, value in variables.items()}
    code, lines = checked(tmp_path, monkeypatch, DATELINE_CONTACT="desk@news.example", **given)
    assert code == 1
    assert says in "\n".join(lines)
    assert "pier" not in "".join(lines)


def test_passwords_are_never_shown() -> None:
    secret = dataclasses.replace(
        CONTACT,
        database_url="postgresql://ada:pier@db/news",
        console_password="pier",
        mail_password="pier",
        alarm_webhook=HOOK,
        alarm_webhooks=(f"{HOOK} slack",),
    )
    assert "pier" not in repr(secret)
    values = {name: value for name, (value, _) in shown(secret).items()}
    assert values["database_url"] == "postgresql://ada:***@db/news"
    assert values["console_password"] == values["mail_password"] == "***"
    assert values["alarm_webhook"] == "https://hooks.test/…"
    assert values["alarm_webhooks"] == ("https://hooks.test/…",)
    assert "pier" not in str(values)


def test_a_database_url_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("pier")
    environ = {
        "DATELINE_DATABASE_URL": "postgresql://[x/news",
        "DATELINE_DATABASE_PASSWORD_FILE": str(tmp_path / "word"),
    }
    with pytest.raises(ConfigError, match="database_url can't be read"):
        load(environ, data_dir=tmp_path)


def test_every_setting_has_a_section_and_a_help_line() -> None:
    assert all(item.metadata["section"] and item.metadata["help"] for item in dataclasses.fields(Settings))


def test_config_check_names_the_line_that_is_not_utf8_and_an_index_that_is_no_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dateline.toml").write_bytes('delay_s = 2\ncontact = "caf\xe9@news.example"\n'.encode("latin-1"))
    given = {"DATELINE_CONTACT": "desk@news.example", "DATELINE_WAYBACK_URL": "ftp://captures.example/cdx"}
    assert checked(tmp_path, monkeypatch, **given) == (
        1,
        [
            f"{tmp_path}/dateline.toml:2: is not UTF-8: save the file in that encoding",
            "DATELINE_WAYBACK_URL: wayback_url is 'ftp://captures.example/cdx'; it takes a URL such as https://web.archive.org/cdx/search/cdx",
        ],
    )
