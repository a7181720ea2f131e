"""`make upgrade-drill`: the way of docs/how-to/operate.md to upgrade without a pause, from an older checkout, while news comes.

The older version is the newest commit without the newest migration (`--from REVISION` names another). It sets up the
database, and its scheduler and worker store news. Then the new version checks and migrates the database beneath them; they
go on storing; worker and scheduler are replaced one after the other, and all that was published must have been stored, once.

Writes build/bench/upgrade.json. Exit codes: 0 nothing was lost, doubled or forgotten; 1 something was; a checkout without its
history is left out, with a message.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import results
from benchmarks.kills.site import HOSTS, Site
from benchmarks.kills.stage import Stage, staged

ROOT = Path(__file__).parents[2]
MIGRATIONS = "sql/schema/migrations"
PARTS = ("worker", "scheduler")
SOURCE = """[[source]]
name = "{name}"
title = "{name}"
home = "http://{host}/"
schedule = "every 1h"
feeds = ["http://{host}/feed.xml"]
politeness = {{delay_s = 0.05}}
"""


def before_newest_migration() -> str | None:
    """The newest commit that has not the newest migration, and no file that this version lacks; None without the history."""
    known = {path.name for path in (ROOT / MIGRATIONS).glob("*.sql")}
    for commit in _git("log", "--format=%H", "--", MIGRATIONS).stdout.decode().split():
        earlier = f"{commit}^"
        names = set(_git("ls-tree", "--name-only", f"{earlier}:{MIGRATIONS}").stdout.decode().split())
        if names and names <= known - {max(known)}:
            return _git("rev-parse", earlier).stdout.decode().strip()
    return None


def check_out(revision: str, folder: Path) -> None:
    """The files of a revision."""
    packed = _git("archive", revision, "crawler", "dateline", "pipelines", "scheduler", "sql", "pyproject.toml")
    packed.check_returncode()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False)


def drill(older: Path, template: Path) -> dict[str, float | int]:
    """What became of the news."""
    with staged(template, Site(batch=8)) as stage:
        stage.hold_database()
        (stage.folder / "sources.toml").write_text(
            "\n".join(SOURCE.format(name=h.split(".")[0], host=h) for h in HOSTS)
        )
        _done(stage, "db", "migrate", code=older)
        _done(stage, "sources", "import", str(stage.folder / "sources.toml"), code=older)
        old = {part: stage.start(part, url=stage.url, own_folder=part, code=older) for part in PARTS}
        _news(stage, 0)
        _done(stage, "upgrade-check")
        began = time.monotonic()
        _done(stage, "db", "migrate")
        took_s = time.monotonic() - began
        _news(stage, 8)  # stored by the older version, in the newer tables
        for part in PARTS:
            stage.start(part, url=stage.url, own_folder=f"new-{part}")
            old[part].terminate()
            stage.site.publish(4)
            old[part].wait(60)
            _news(stage, 4)
        outcome = stage.finish()
    counts = {"lost": outcome.lost, "doubled": outcome.doubled, "forgotten": outcome.forgotten}
    return counts | {"articles": len(stage.site.urls()), "migrated_in_s": round(took_s, 1)}


def _news(stage: Stage, more: int) -> None:
    """News comes, and all of it is stored."""
    stage.news(more) if more else stage.make_due(HOSTS)
    if not stage.settle():
        raise TimeoutError(f"not all news was stored\n{stage.tables()}\n{stage.log_tail()}")


def _done(stage: Stage, *words: str, code: Path | None = None) -> None:
    """Run a command to its end, which must be a success."""
    if stage.start(*words, url=stage.url, code=code).wait(120):
        raise RuntimeError(f"{' '.join(words)} failed\n{stage.log_tail()}")


def main() -> int:
    """Play the drill; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="revision", help="the older version (default: before the newest migration)")
    revision = parser.parse_args().revision or before_newest_migration()
    if revision is None:
        print("!!! LEFT OUT: this checkout has no history with an older version", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory(prefix="dku-", dir="/tmp") as name:
        older, template = Path(name, "older"), Path(name, "template")
        for folder in (older, template):
            folder.mkdir()
        Path(name).chmod(0o711)
        check_out(revision, older)
        figures = drill(older, template)
    results.show(f"upgrade from {revision[:8]}", figures.items())
    results.write("upgrade", figures, [])
    return results.verdict(*(f"{figures[name]} {name}" for name in ("lost", "doubled", "forgotten") if figures[name]))


if __name__ == "__main__":
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # which takes the world down
    sys.exit(main())
