"""deploy/monitoring/ against the service's own metrics: a rule or panel that names one that does not exist is a dead one."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dateline.config import Settings
from scheduler.monitoring.health_server import scrape
from scheduler.monitoring.metrics import SUBSCRIPTION_STATES
from scheduler.monitoring.process_stats import ProcessStats
from sql.database import Pool, connect
from sql.frontier.sources import upsert_source
from sql.service.leases import Upkeep
from tests.acceptance.support.logged_site import Sites

FOLDER = Path(__file__).parents[4] / "deploy/monitoring"
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]  # fmt: skip
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana/dashboards/dateline.json").read_text())
METRICS = (Path(__file__).parents[4] / "docs/reference-metrics.md").read_text()
RUNBOOK = (Path(__file__).parents[4] / "docs/how-to/runbook.md").read_text()


@pytest.fixture
async def page(pool: Pool, database: str, tmp_path: Path) -> str:
    """What a service tells that has a source, an article and both kinds of processes."""
    with connect(database, autocommit=True) as connection:
        upsert_source(connection, Sites().source("bay"))
        connection.execute("UPDATE dateline.feed_state SET last_ok_at = now(), interval_s = 600")
        connection.execute("SELECT dateline.add_total('fetches', ARRAY['rejected', 'parse_timeout'], 1)")
        connection.execute(
            "INSERT INTO dateline.alarm (source_id, kind, severity, since, noticed_at, until, evidence, sentence)"
            " SELECT id, kind, 'warning', now(), now(), until, '{}', 'Something is wrong.' FROM dateline.source,"
            " (VALUES ('quiet', NULL::timestamptz), ('failing', now())) AS a (kind, until)"
        )
        connection.execute(
            "INSERT INTO dateline.subscription (feed_id, token, hub, topic, secret, state, created_at)"
            " SELECT id, repeat('a', 43), 'http://hub.test/', url, 'secret', 'active', now() FROM dateline.feed"
        )
        connection.execute(
            "INSERT INTO dateline.article (url_key, url, site, kind, text, content_hash, word_count, revised_at, first_seen_at,"
            " extractor) VALUES (gen_random_uuid(), 'http://a.test/', 'a.test', 'article', '', gen_random_uuid(), 0,"
            " now(), now(), 'x')"
        )
    process_stats = ProcessStats(pool, beat_s=1.0, archive=tmp_path / "archive")
    await Upkeep(pool).beat("one", "worker", "here", await process_stats.read())
    await Upkeep(pool).beat("two", "scheduler", "here", await process_stats.read())
    return (await scrape(pool, Settings(data_dir=tmp_path).data_dir)).decode()


def names_in(text: str) -> set[str]:
    """The samples of a metrics page, by name."""
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def named(expression: str) -> set[str]:
    """The metrics of ours that an expression names."""
    return set(re.findall(r"\bdateline_\w+", expression))


def expressions() -> dict[str, str]:
    """Every expression of the rules and of the dashboard, by its place."""
    found = {rule["alert"]: rule["expr"] for rule in RULES}
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    return found


async def test_every_metric_that_is_named_exists(page: str) -> None:
    there = names_in(page)
    dead = {where: sorted(named(text) - there) for where, text in expressions().items() if named(text) - there}
    assert dead == {}
    assert len(expressions()) > 40
    assert named("rate(dateline_nothing_total[5m])") - there, "one that does not exist is found"


async def test_an_alarm_that_is_over_is_no_longer_shown(page: str) -> None:
    told = [line for line in page.splitlines() if line.startswith("dateline_source_alarm{")]
    assert told == ['dateline_source_alarm{kind="quiet",source="bay"} 1.0']


async def test_subscriptions_are_counted_by_state(page: str) -> None:
    told = [line for line in page.splitlines() if line.startswith("dateline_hub_subscriptions{")]
    assert told == [
        f'dateline_hub_subscriptions{{state="{state}"}} {float(state == "active")}' for state in SUBSCRIPTION_STATES
    ]


async def test_every_label_that_is_matched_exists(page: str) -> None:
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    for where, text in expressions().items():
        for name, matched in re.findall(r"\b(dateline_\w+)\{([^}]*)\}", text):
            assert set(re.findall(r"(\w+)\s*[=!]", matched)) <= labels[name], where


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_its_entry_in_the_runbook(rule: dict[str, Any]) -> None:
    assert f"\n### {rule['alert']}\n" in RUNBOOK
    assert rule["annotations"]["runbook"] == f"docs/how-to/runbook.md#{rule['alert'].lower()}"
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_runbook_has_no_entry_of_an_alert_that_is_gone() -> None:
    assert set(re.findall(r"(?m)^### (Dateline\w+)$", RUNBOOK)) == {rule["alert"] for rule in RULES}


async def test_every_metric_is_in_the_table(page: str) -> None:
    families = {
        family.name + ("_total" if family.type == "counter" else "") for family in text_string_to_metric_families(page)
    }
    told = set(re.findall(r"(?m)^\| `(dateline_\w+)", METRICS))
    assert told == families


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not taken & cells, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    source = yaml.safe_load((FOLDER / "grafana/datasources/prometheus.yml").read_text())["datasources"][0]
    used = {panel["datasource"]["uid"] for panel in DASHBOARD["panels"] if "datasource" in panel}
    assert used == {source["uid"]}
    compose = yaml.safe_load((FOLDER.parents[1] / "docker-compose.yml").read_text())["services"]
    assert source["url"] == "http://prometheus:9090"
    folders = {mount.split(":")[0] for name in ("prometheus", "grafana") for mount in compose[name]["volumes"]}
    assert all((FOLDER.parents[1] / mount).exists() for mount in folders if mount.startswith("./"))
    provider = yaml.safe_load((FOLDER / "grafana/dashboards/dashboards.yml").read_text())["providers"][0]
    assert f"{provider['options']['path']}:ro" in {
        m.split(":", 1)[1] for m in compose["grafana"]["volumes"] if "dashboards" in m
    }


def promtool(*words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, input=stdin, cwd=FOLDER)


@pytest.mark.promtool
def test_promtool_takes_rules_and_configuration() -> None:
    for words in (("check", "rules", "alerts.yml"), ("check", "config", "--syntax-only", "prometheus.yml")):
        done = promtool(*words)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.promtool
async def test_promtool_finds_nothing_to_lint_in_the_metrics(page: str) -> None:
    done = promtool("check", "metrics", stdin=page)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert promtool("check", "metrics", stdin="# TYPE a_total gauge\na_total 1\n").returncode != 0


@pytest.mark.promtool
def test_alerts_fire_when_they_should_and_only_then() -> None:
    done = promtool("test", "rules", str(Path(__file__).with_name("alerts_test.yml")))
    assert done.returncode == 0, done.stdout + done.stderr
