"""Imports one real module of an installed package without running the packages around it."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import sys
import types

__all__ = ["lone_module"]


def lone_module(distribution, name, absent=()):
    """The module `name`, loaded from the installed distribution's own file, unchanged.

    Its parents become empty packages that only know their folders: a package that drags in
    compiled or outdated dependencies need not be importable for its loss to run. `absent` names
    further modules, with the names imported from them, that the file asks for and the loss never
    calls: `("mmcv.ops:sigmoid_focal_loss",)`.
    """
    for wanted in absent:
        _stand_in(*wanted.split(":"))
    parts = name.split(".")
    for depth in range(1, len(parts)):
        parent = ".".join(parts[:depth])
        if parent not in sys.modules:
            folder = importlib.metadata.distribution(distribution).locate_file(
                "/".join(parts[:depth])
            )
            sys.modules[parent] = _package(parent, str(folder))
    return importlib.import_module(name)


def _package(name, folder):
    package = types.ModuleType(name)
    package.__path__ = [folder]
    package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    return package


def _stand_in(name, attribute):
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        module = ".".join(parts[:depth])
        sys.modules.setdefault(module, _package(module, ""))
    setattr(sys.modules[name], attribute, None)
