"""The faults: what is done to the service, in which world, and which protection a run without it does without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.kills import environments as worlds
from benchmarks.kills.compare import Outcome
from benchmarks.kills.process_faults import (
    crawled,
    frozen_leader,
    job_twice,
    parsing_killed,
    parsing_out_of_memory,
    poisoned,
    scheduler_at,
    terminated,
    worker_at,
    worker_fetching,
    worker_idle,
    worker_out_of_memory,
)
from benchmarks.kills.server_faults import (
    archive_disk_full,
    backend_killed,
    clock_steps,
    connections_exhausted,
    cut_off,
    database_away,
    database_crash,
    database_disk_full,
    database_gone,
    migration,
    slow_database,
    slow_upload_killed,
    storage_refuses,
)
from benchmarks.kills.stage import Stage


@dataclass(frozen=True)
class Fault:
    """A fault. `strike` plays one run of it in an opened world; `off` names the protection whose lack it shows (see hooks).

    `measures` is what its recovery counts as: worker, db, takeover, or nothing.
    """

    name: str
    strike: Callable[[Stage], Outcome]
    off: str
    measures: str = ""
    world: Callable[[Stage], None] = worlds.plain
    pause: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    poisoned: bool = False
    batch: int = 6
    needs: str = ""
    """What a machine must allow for it: `mount`."""
    waits: bool = False
    """Most of a run is spent waiting, so that more of them may run at once."""


FAULTS = (
    Fault("worker killed, idle", worker_idle, "supervision", "worker"),
    Fault("worker killed, fetching", worker_fetching, "frontier", "worker", batch=12),
    Fault("worker killed, extracting", worker_at("extract"), "freed_jobs", "worker", pause={"extract": 0.12}),
    Fault(
        "worker killed, between commit and the job's end",
        worker_at("job_end"),
        "freed_jobs",
        "worker",
        pause={"job_end": 0.5},
    ),
    Fault(
        "worker killed, writing the archive", worker_at("archive"), "archive_first", "worker", pause={"archive": 0.12}
    ),
    Fault("worker killed, in the store's transaction", worker_at("store"), "identity", "worker", pause={"store": 0.12}),
    Fault(
        "worker killed, between a group's archive sync and its commit",
        worker_at("group"),
        "archive_first",
        "worker",
        pause={"group": 0.12},
    ),
    Fault("worker out of memory", worker_out_of_memory, "frontier", "worker"),
    Fault("SIGTERM in the middle", terminated, "grace"),
    Fault("parsing process killed", parsing_killed, "second_try"),
    Fault("parsing process out of memory", parsing_out_of_memory, "replacements"),
    Fault("pages that take all memory", poisoned, "parser pool", poisoned=True, settings={"parse_memory_mb": "700"}),
    Fault(
        "leader killed before a tick",
        scheduler_at("tick_before"),
        "lease_end",
        "takeover",
        world=worlds.with_standby,
        pause={"tick_before": 0.4},
        waits=True,
    ),
    Fault(
        "leader killed after a tick",
        scheduler_at("tick_after"),
        "lease_end",
        "takeover",
        world=worlds.with_standby,
        pause={"tick_after": 0.4},
        waits=True,
    ),
    Fault("two schedulers", crawled, "locks", world=worlds.apart(schedulers=2, workers=2)),
    Fault("leader frozen and thawed", frozen_leader, "locks", world=worlds.apart(schedulers=2, workers=2), waits=True),
    Fault("two workers at one source", crawled, "locks", world=worlds.apart(workers=2)),
    Fault("a job delivered twice", job_twice, "identity", world=worlds.apart(workers=2)),
    Fault("backends ended", backend_killed, "retry policy"),
    Fault("PostgreSQL crashes", database_crash, "synchronous_commit", "db"),
    Fault("PostgreSQL's first process killed", database_gone, "revival", "db"),
    Fault("PostgreSQL away for 5 s", database_away, "another_try", "db", world=worlds.apart(), waits=True),
    Fault("connections exhausted", connections_exhausted, "retry policy", "db", waits=True),
    Fault("a migration during a crawl", migration, "lock_timeout", waits=True, pause={"extract": 0.3}),
    Fault("a slow database", slow_database, "backpressure", world=worlds.behind_a_slow_door, waits=True, batch=14),
    Fault("worker cut off from the database", cut_off, "freed_jobs", world=worlds.behind_doors, waits=True),
    Fault(
        "archive's disk full",
        archive_disk_full,
        "archive_errors",
        needs="mount",
        world=worlds.with_a_small_archive_disk,
    ),
    Fault(
        "database's disk full",
        database_disk_full,
        "retry policy",
        "db",
        needs="mount",
        world=worlds.with_a_small_database_disk,
        waits=True,
    ),
    Fault(
        "worker killed, between upload and deletion",
        worker_at("upload"),
        "local_file",
        "worker",
        world=worlds.with_object_storage,
        pause={"upload": 0.3},
    ),
    Fault(
        "worker killed, in a slow upload", slow_upload_killed, "local_file", "worker", world=worlds.with_object_storage
    ),
    Fault("object storage takes nothing", storage_refuses, "local_file", "worker", world=worlds.with_object_storage),
    Fault("the clock steps", clock_steps, "clock", world=worlds.with_a_clock),
)
