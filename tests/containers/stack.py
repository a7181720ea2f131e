"""docker-compose.yml's services as real containers: podman-compose reads the file, this starts them in its order.

Podman 4.3 knows no wait for health, and without systemd it runs no health check on its own: both are done here, from
the same `depends_on` and `healthcheck` entries.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.containers.engine import Engine, EngineError
from tests.containers.images import ROOT, Images

COMPOSE_FILE = ROOT / "docker-compose.yml"
NEWSROOM_FILE = Path(__file__).resolve().parent / "newsroom.yml"
LABEL = "io.podman.compose.project"


@dataclass(frozen=True, slots=True)
class Stack:
    """The services of docker-compose.yml and the newsroom, under one project name."""

    engine: Engine
    services: dict[str, Any]

    def compose(self, *arguments: str, timeout_s: float = 120) -> str:
        """What podman-compose printed for these two files."""
        return self.engine.run(
            Path(sys.executable).parent / "podman-compose",
            *("--file", COMPOSE_FILE, "--file", NEWSROOM_FILE, "--project-name", self.engine.project),
            *("--in-pod", "false"),
            # Podman would put writable folders into a read-only root; Docker doesn't, so neither do the tests.
            "--podman-run-args=--read-only-tmpfs=false",
            *arguments,
            timeout_s=timeout_s,
        )

    def start(self, service: str, *, scale: int = 1) -> None:
        """Starts so many containers of a service, after those that it depends on are as its `depends_on` demands."""
        for needed, entry in self.services[service].get("depends_on", {}).items():
            if not self.containers(needed):
                self.start(needed)
            self._await(needed, entry["condition"])
        self.compose(
            "up", "--detach", "--no-build", "--no-deps", "--no-recreate", "--scale", f"{service}={scale}", service
        )

    def _await(self, service: str, condition: str) -> None:
        container = self.containers(service)[0]
        if condition == "service_healthy":
            self.await_health(container)
        elif condition == "service_completed_successfully":
            code = self.engine.podman("wait", container).strip()
            if code != "0":
                raise EngineError(f"{service} ended with {code}\n{self.logs(container)}")

    def containers(self, service: str) -> list[str]:
        """Names of this service's containers, in order, ended ones included."""
        filters = (f"{LABEL}={self.engine.project}", f"com.docker.compose.service={service}")
        words = [word for label in filters for word in ("--filter", f"label={label}")]
        return sorted(self.engine.podman("ps", "--all", "--format", "{{.Names}}", *words).split())

    def await_health(self, container: str) -> None:
        """Returns when the container's health check passes; AssertionError with its last lines when it does not."""
        try:
            wait_until(lambda: self.is_healthy(container), f"{container} is healthy", timeout_s=60)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs(container)}") from error

    def is_healthy(self, container: str) -> bool:
        """Whether the service's health check passes now."""
        return self.engine.succeeds("healthcheck", "run", container)

    def logs(self, container: str) -> str:
        """The last lines of what the container printed, both streams."""
        return self.engine.run("sh", "-c", f"podman logs --tail 60 {container} 2>&1")

    def inspect(self, container: str) -> Any:
        """Podman's account of a container."""
        return json.loads(self.engine.podman("inspect", container))[0]

    def inside(self, container: str, *command: str) -> str:
        """What a command printed inside a running container."""
        return self.engine.podman("exec", container, *command)

    def query(self, sql: str) -> str:
        """The answer of the database, unaligned, one row per line."""
        return self.inside(
            self.containers("db")[0], "psql", "-U", "dateline", "-v", "ON_ERROR_STOP=1", "-Atc", sql
        ).strip()

    def address(self, service: str) -> str:
        """The address of the service's first container on its first network."""
        networks = self.inspect(self.containers(service)[0])["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    def with_environment(self, **variables: str) -> Stack:
        """The same services, started from now on with these variables in the compose files."""
        return replace(self, engine=replace(self.engine, environment={**self.engine.environment, **variables}))

    def remove(self) -> None:
        """Ends and removes every container, volume and network of the project, those of an earlier run too."""
        ours = ("--filter", f"label={LABEL}={self.engine.project}")
        for kind, force in (("container", ("--force", "--volumes", "--time", "0")), ("volume", ("--force",))):
            listing = ("ps", "--all", "--quiet") if kind == "container" else ("volume", "ls", "--quiet")
            if names := self.engine.podman(*listing, *ours).split():
                self.engine.podman(kind, "rm", *force, *names)
        if networks := self.engine.podman("network", "ls", "--quiet", *ours).split():
            self.engine.podman("network", "rm", "--force", *networks)


def stack_of(engine: Engine, images: Images, secrets: Path) -> Stack:
    """The stack over these images, its password read from a file in `secrets`."""
    services = yaml.safe_load(COMPOSE_FILE.read_text())["services"] | {"newsroom": {}}
    return Stack(engine, services).with_environment(
        DATELINE_IMAGE=images.dateline,
        POSTGRES_IMAGE=images.postgres,
        DATELINE_SECRETS_DIR=str(secrets),
        DATELINE_CONTACT="tests@example.org",
    )


def wait_until(is_so: Callable[[], bool], what: str, *, timeout_s: float = 25, pause_s: float = 0.5) -> None:
    """Returns when it is so; AssertionError with these words when it has not become so in time."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(pause_s)
