"""How a fault's environment starts: its processes, its folders, and what is between it and its database."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.kills.proxy import proxied
from benchmarks.kills.site import HOSTS
from benchmarks.kills.stage import Stage
from tests.acceptance.support.object_storage import object_storage


def plain(stage: Stage) -> None:
    """`dateline up`, and the first articles stored."""
    stage.parts["up"] = stage.start("up")
    _ready(stage)


def with_standby(stage: Stage) -> None:
    """`dateline up`, and a second scheduler beside it."""
    plain(stage)
    stage.parts["standby"] = stage.start("scheduler", url=stage.url, own_folder="s2")
    stage.until(lambda: _schedulers(stage) >= 2, "no second scheduler")


def apart(*, schedulers: int = 1, workers: int = 1) -> Callable[[Stage], None]:
    """The parts started one by one, each with its own folder, on a database that is not restarted."""

    def open_world(stage: Stage) -> None:
        stage.hold_database()
        for number in range(1, schedulers + 1):
            stage.parts[f"s{number}"] = stage.start("scheduler", url=stage.url, own_folder=f"s{number}")
        stage.until(lambda: _schedulers(stage) >= schedulers, "no schedulers")
        for number in range(1, workers + 1):
            stage.parts[f"w{number}"] = stage.start("worker", url=stage.url, own_folder=f"w{number}")
        stage.until(lambda: _workers(stage) >= workers, "no workers")
        _ready(stage)

    return open_world


def behind_a_slow_door(stage: Stage) -> None:
    """Every answer of the database reaches the worker later."""
    stage.hold_database()
    delay_s = stage.chance.uniform(0.02, 0.06)
    url, _ = stage.stack.enter_context(proxied(stage.url, stage.folder / "door", delay_s=delay_s))
    stage.parts["s1"] = stage.start("scheduler", url=stage.url)
    stage.parts["w1"] = stage.start("worker", url=url)
    _ready(stage)


def behind_doors(stage: Stage) -> None:
    """Two workers, each of which can be cut off from the database without a reset."""
    stage.hold_database()
    stage.parts["s1"] = stage.start("scheduler", url=stage.url, own_folder="s1")
    for name in ("w1", "w2"):
        url, door = stage.stack.enter_context(proxied(stage.url, stage.folder / f"door-{name}"))
        stage.parts[name] = stage.start("worker", url=url, own_folder=name)
        stage.doors[stage.parts[name].pid] = door
    stage.until(lambda: _workers(stage) >= 2, "no workers")
    _ready(stage)


def with_a_small_archive_disk(stage: Stage) -> None:
    """The archive on a tmpfs of its own."""
    _mount(stage, stage.folder / "archive", "64m")
    plain(stage)


def with_a_small_database_disk(stage: Stage) -> None:
    """The cluster on a tmpfs of its own."""
    copy = stage.folder / "copy"
    home = stage.cluster.parent
    home.rename(copy)
    _mount(stage, home, "1g")
    subprocess.run(["cp", "-a", f"{copy}/.", str(home)], check=True)
    plain(stage)


def with_a_clock(stage: Stage) -> None:
    """A wall clock of the service's processes that can be set."""
    stage.offset = stage.folder / "offset"
    stage.offset.write_text("0")
    plain(stage)


def with_object_storage(stage: Stage) -> None:
    """Finished archive files move to an S3 server, within a second."""
    stage.storage = stage.stack.enter_context(object_storage(stage.folder / "s3" / "objects"))
    stage.settings |= {
        name.removeprefix("DATELINE_").lower(): value for name, value in stage.storage.environment().items()
    }
    plain(stage)
    stage.until(stage.storage.objects, "no file was moved")


def remount(folder: Path, size: str) -> None:
    """Another size for a mounted folder."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def _mount(stage: Stage, folder: Path, size: str) -> None:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    stage.stack.callback(lambda: subprocess.run(["umount", "-l", str(folder)], check=False))


def _ready(stage: Stage) -> None:
    """The first articles are stored; what a lack of protection broke even before a strike shows at the end."""
    stage.make_due(HOSTS)
    is_ready = stage.settle()
    stage.check_hooks()
    if not is_ready and not stage.off:
        raise TimeoutError(f"the first articles were not stored\n{stage.tables()}\n{stage.log_tail()}")


def _schedulers(stage: Stage) -> int:
    with suppress(IndexError):
        return int(stage.ask("SELECT count(*)::int FROM dateline.heartbeat WHERE role = 'scheduler'")[0][0])
    return 0


def _workers(stage: Stage) -> int:
    return int(stage.ask("SELECT count(*)::int FROM procrastinate.procrastinate_workers")[0][0])
