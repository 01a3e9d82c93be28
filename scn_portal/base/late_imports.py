"""Parts of other packages that are loaded where they work, although the package itself imports them at once.

Each takes megabytes of every process. `tests/test_memory.py` says which a web server does not load at its start.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class Late(ModuleType):
    """Stands for the module of this name, which is imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks for such names
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def import_when_used(name: str) -> None:
    """Have `from package import module` give a `Late`, where `name` is `package.module` and is not loaded yet.

    What says `from package.module import …` loads it.
    """
    package, _dot, module = name.rpartition(".")
    if name not in sys.modules:
        setattr(import_module(package), module, Late(name))
