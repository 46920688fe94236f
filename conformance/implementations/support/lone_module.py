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
        module, _, attribute = wanted.partition(":")
        _bare_packages(distribution, module.split("."))
        setattr(sys.modules[module], attribute, None)
    _bare_packages(distribution, name.split(".")[:-1])
    return importlib.import_module(name)


def _bare_packages(distribution, parts):
    """Put the package and its parents among the imported modules, without running any of them."""
    installed = importlib.metadata.distribution(distribution)
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        if name not in sys.modules:
            package = types.ModuleType(name)
            package.__path__ = [str(installed.locate_file("/".join(parts[:depth])))]
            package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
            sys.modules[name] = package
