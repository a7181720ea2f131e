"""The hooks of the kill matrix and of the attacks fit the product: a replacement takes the arguments of what it replaces."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.hooks import python_path

ROOT = Path(__file__).resolve().parents[3]
KILLS, ATTACKS = (ROOT / f"benchmarks/{name}/hooks" for name in ("kills", "attacks"))
NAMES = {KILLS: r'is_off\("([^"]+)"\)', ATTACKS: r'@without\("([^"]+)"'}
"""How each folder's hooks name the protections that they switch off."""
CHECK = """
import importlib, inspect, json, os, sys, types
import scheduler.leader, scheduler.worker, scheduler.supervisor

FOLDERS = tuple(os.environ["PYTHONPATH"].split(os.pathsep)[:2])

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
    os.environ["PYTHON_KILLS"] = json.dumps({"folder": ".", "archive_wait_s": 1, "off": off})
    os.environ["PYTHON_ATTACKS_OFF"] = off
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(FOLDERS):
            del sys.modules[name]
    importlib.import_module("sitecustomize")
    sys.meta_path.pop(0)  # the hooks' own finder: here modules are changed after a look at what they were
    for name, patches in importlib.import_module("import_patches").PATCHES.items():
        module = importlib.import_module(name)
        before = parts(module)
        for patch in patches:
            patch(module)
        for key, (owner, new) in parts(module).items():
            old = before.get(key, (None, None))[1]
            if key not in before and not isinstance(new, (types.ModuleType, type)):
                print(f"{name}: {key[1]} is new: nothing calls it")
            elif new is not old and callable(old) and not fits(new, old):
                print(f"{name}: {key[1]} takes {inspect.signature(new)} in place of {inspect.signature(old)}")

for off in sys.argv[1:]:
    if (child := os.fork()) == 0:
        check(off)
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(f"{off} can't be switched off")
"""


@pytest.mark.parametrize("hooks", [KILLS, ATTACKS], ids=lambda path: path.parent.name)
def test_hooks_take_the_arguments_of_what_they_replace(hooks: Path) -> None:
    names = sorted({name for path in hooks.glob("*.py") for name in re.findall(NAMES[hooks], path.read_text())})
    environment = os.environ | {"PYTHONPATH": f"{python_path(hooks)}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", CHECK, *names]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(names) > 5
