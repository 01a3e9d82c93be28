"""The kinds of files that a worker makes: one table."""

from collections.abc import Callable
from dataclasses import dataclass

from scn_portal.base.made_files import making
from scn_portal.base.made_files.about import About
from scn_portal.base.made_files.making import Maker
from scn_portal.base.made_files.wanted import OF_A_PERSON
from scn_portal.site.downloads.package import about_package, make_package
from scn_portal.site.downloads.views import about_table, make_table
from scn_portal.site.privacy import data_file


@dataclass(frozen=True)
class Kind:
    """How a file of this kind is made, and its title while somebody waits for it."""

    maker: Maker
    about: Callable[[dict[str, str]], About]


KINDS = {
    "table": Kind(Maker(make_table), about_table),
    "package": Kind(Maker(make_package), about_package),
    OF_A_PERSON: Kind(Maker(data_file.make, of_network=False), data_file.about),
}


def make_next() -> bool:
    """Make the file that has waited longest. Returns whether there was one."""
    return making.make_next({what: kind.maker for what, kind in KINDS.items()})
