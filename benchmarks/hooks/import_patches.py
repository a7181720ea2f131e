"""Changes modules once they are imported; loaded by the `sitecustomize` of each folder of hooks, as a module of no package."""

from __future__ import annotations

import importlib.abc
import sys
from types import ModuleType

PATCHES: dict[str, list] = {}
"""Functions that change a module, by the module's name."""


def after_import(module: str):
    """Register a function that changes a module once that was imported."""

    def register(patch):
        PATCHES.setdefault(module, []).append(patch)
        return patch

    return register


class Patcher(importlib.abc.MetaPathFinder):
    """Finds modules that are to be changed, through the finders that come after it.

    `failed` gets the name of a module whose patch does not fit, and the error, before that is raised.
    """

    def __init__(self, failed=lambda name, error: None) -> None:
        self._failed = failed

    def find_spec(self, name, path=None, target=None):
        if name not in PATCHES:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)):
                self._patch_after(spec.loader, name)
                return spec
        return None

    def _patch_after(self, loader, name: str) -> None:
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            try:
                for patch in PATCHES[name]:
                    patch(module)
            except Exception as error:
                self._failed(name, error)
                raise

        loader.exec_module = exec_module


def install(**options) -> None:
    """From now on registered modules are changed."""
    sys.meta_path.insert(0, Patcher(**options))
