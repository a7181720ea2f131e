"""docker-compose.yml against the compose specification's schema and against what Dateline promises of it; Dockerfile
against hadolint. tests/containers/ proves both with real containers."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dateline.cli import COMMANDS
from dateline.config import Settings

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OTHERS = {"db", "prometheus", "grafana"}
OURS = sorted(SERVICES.keys() - OTHERS)
MONITORING = {"metrics", "prometheus", "grafana"}
SCHEMA = json.loads((ROOT / "tests/unit/project/compose-spec/compose-spec.json").read_text())


def schema_errors(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_file_follows_the_compose_specification() -> None:
    assert schema_errors(COMPOSE) == []


def test_the_schema_rejects_what_the_specification_does_not_know() -> None:
    assert schema_errors({"services": {"db": {"image": "postgres", "read_onyl": True}}})


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert not service.keys() & {"privileged", "cap_add", "devices", "network_mode", "pid", "userns_mode"}


def test_one_port_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"grafana": ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"]}


def test_monitoring_is_asked_for_by_its_profile() -> None:
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["monitoring"]} == MONITORING
    assert not any("profiles" in SERVICES[name] for name in SERVICES.keys() - MONITORING)


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_images_of_others_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2].rstrip("}")
    assert re.fullmatch(r"v?\d+(\.\d+)*", tag)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["deploy"]["resources"]["limits"].keys() >= {"memory", "pids"}
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_restarts_and_reports_its_health(name: str) -> None:
    service = SERVICES[name]
    one_shot = name == "migrate"
    assert service["restart"] == ("on-failure:3" if one_shot else "unless-stopped")
    assert service["healthcheck"].get("disable", False) is one_shot
    assert one_shot or "stop_grace_period" in service


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"prometheus"}))
def test_passwords_come_from_a_file(name: str) -> None:
    service = SERVICES[name]
    secret = "grafana-password" if name == "grafana" else "database-password"
    assert service["secrets"] == [secret]
    variables = {key: value for key, value in service["environment"].items() if "PASSWORD" in key}
    assert variables
    assert all(key.endswith("_FILE") for key in variables)
    assert set(variables.values()) == {f"/run/secrets/{secret}"}


def test_only_workers_reach_the_outside_and_only_the_database_network_the_database() -> None:
    assert {name: service["networks"] for name, service in SERVICES.items()} == {
        "db": ["database"],
        "migrate": ["database"],
        "scheduler": ["database"],
        "worker": ["database", "internet"],
        "metrics": ["database", "monitoring"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring", "desk"],
    }
    assert COMPOSE["networks"]["database"]["internal"] is True
    assert COMPOSE["networks"]["monitoring"]["internal"] is True


def test_workers_can_be_many() -> None:
    assert not SERVICES["worker"].keys() & {"container_name", "hostname", "ports", "mac_address"}


def test_services_start_when_what_they_need_is_ready() -> None:
    conditions = {
        name: {needed: entry["condition"] for needed, entry in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
        if name not in {"prometheus", "grafana"}
    }
    migrated = {"db": "service_healthy", "migrate": "service_completed_successfully"}
    assert conditions == {
        "db": {},
        "migrate": {"db": "service_healthy"},
        "scheduler": migrated,
        "worker": migrated,
        "metrics": migrated,
    }


@pytest.mark.parametrize("name", OURS)
def test_commands_and_settings_are_those_that_dateline_knows(name: str) -> None:
    service = SERVICES[name]
    assert service["command"][0] in COMMANDS
    settings = {f"DATELINE_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    assert service["environment"].keys() - settings <= {"DATELINE_DATABASE_PASSWORD_FILE"}


def test_the_image_holds_every_package_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    copied = {line.split()[1] for line in dockerfile_lines() if line.startswith("COPY ")}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert packages <= copied
    assert packages | {"requirements.lock", "requirements-image.lock", "pyproject.toml"} <= let_in


def test_the_image_holds_the_extras_in_the_versions_of_the_other_lock_files() -> None:
    def pins(name: str) -> set[str]:
        return {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}

    image = pins("requirements-image.lock")
    assert pins("requirements.lock") < image
    assert {"mcp", "obstore", "pyarrow"} <= {one.partition("==")[0] for one in image - pins("requirements.lock")}
    assert "ARG LOCK=requirements-image.lock" in dockerfile_lines()


def test_the_image_is_labelled_with_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"ARG VERSION={version}" in dockerfile_lines()


def dockerfile_lines() -> list[str]:
    return (ROOT / "Dockerfile").read_text().splitlines()


@pytest.mark.parametrize("path", ["Dockerfile", "tests/containers/postgres/Containerfile"])
def test_hadolint_finds_nothing_to_warn_of(path: str) -> None:
    linted = hadolint(ROOT / path)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_hadolint_does_warn(tmp_path: Path) -> None:
    careless = tmp_path / "Dockerfile"
    careless.write_text("FROM python\nRUN cd /tmp\nUSER root\n")
    assert hadolint(careless).returncode != 0


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "hadolint"
    command = [str(program), "--no-color", "--failure-threshold", "warning", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
