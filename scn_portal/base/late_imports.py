"""Loads modules of other packages when they are first used, although the packages import them immediately.

Each of them takes megabytes in every process. `tests/test_memory.py` lists those that a web server does not load at its
start. `importlib.util.LazyLoader` would not do: it runs a package as soon as anything within it is imported, as
`django.test.signals` is.
"""

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

_waiting: set[str] = set()
_loading = RLock()  # the thread that loads a module may use it meanwhile; other threads wait until it is loaded


class Late(ModuleType):
    """A module that exists, with its path, and is executed when an attribute is first read."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks for such names
            raise AttributeError(name)
        with _loading:
            if self.__name__ in _waiting:
                _waiting.remove(self.__name__)
                _run(self)
                self.__class__ = ModuleType  # type: ignore[assignment]  # an ordinary module from now on
        return ModuleType.__getattribute__(self, name)


def _run(module: ModuleType) -> None:
    assert module.__spec__
    assert module.__spec__.loader
    module.__spec__.loader.exec_module(module)


def import_when_used(name: str) -> None:
    """Make imports of the module `name`, or of one within it, find a `Late` module, unless it is loaded already.

    `from name import …` loads it. Raises ModuleNotFoundError if there is no such module.
    """
    if name in sys.modules:
        return
    package, _dot, own_name = name.rpartition(".")
    within = find_spec(package) if package else None
    spec = PathFinder.find_spec(name, within.submodule_search_locations if within else None)
    if spec is None:
        raise ModuleNotFoundError(name)
    module = module_from_spec(spec)
    module.__class__ = Late
    _waiting.add(name)
    sys.modules[name] = module
    if package:  # only now: it may import the module itself
        setattr(import_module(package), own_name, module)
