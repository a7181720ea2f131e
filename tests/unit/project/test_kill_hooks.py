"""The kill matrix's hooks fit the product: what replaces a function takes the same arguments as that function."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOOKS = ROOT / "benchmarks/kills/hooks"
OFF = sorted(set(re.findall(r'is_off\("([\w ]+)"\)', (HOOKS / "sitecustomize.py").read_text())))
CHECK = """
import importlib, inspect, os, sys, types

sys.meta_path.pop(0)  # the hooks' own finder: here modules are changed after a look at what they were
import sitecustomize as hooks

def parts(module):
    owners = [module] + [one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__]
    return {(id(owner), name): (owner, value) for owner in owners for name, value in vars(owner).items()}

def fits(new, old):
    try:
        given = inspect.signature(old).parameters.values()
        taken = inspect.signature(new)
    except (TypeError, ValueError):
        return True
    words = [one.name for one in given if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    named = [one.name for one in given if one.kind is one.KEYWORD_ONLY]
    try:
        taken.bind(*words, **dict.fromkeys(named))
    except TypeError:
        return False
    return True

def check(off):
    hooks.SPEC["off"] = off
    for name, patches in hooks.PATCHES.items():
        module = sys.modules[name]
        before = parts(module)
        for patch in patches:
            patch(module)
        for key, (owner, new) in parts(module).items():
            old = before.get(key, (None, None))[1]
            if key not in before and not isinstance(new, (types.ModuleType, type)):
                print(f"{name}: {key[1]} is new: nothing calls it")
            elif new is not old and callable(old) and not fits(new, old):
                print(f"{name}: {key[1]} takes {inspect.signature(new)} in place of {inspect.signature(old)}")

for name in hooks.PATCHES:
    importlib.import_module(name)
for off in sys.argv[1:]:
    if (child := os.fork()) == 0:
        check(off)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_what_is_replaced_is_there_and_takes_the_same_arguments(tmp_path: Path) -> None:
    kills = json.dumps({"folder": str(tmp_path), "archive_wait_s": 1})
    environment = {**os.environ, "KILLS": kills, "PYTHONPATH": f"{HOOKS}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", CHECK, "", *OFF]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
