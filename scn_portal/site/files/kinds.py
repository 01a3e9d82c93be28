"""The kinds of files that a worker makes: one table."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import override

from scn_portal.base.made_files import making
from scn_portal.base.made_files.about import About
from scn_portal.base.made_files.making import Maker, Work
from scn_portal.site.charts.figures import CHARTS, count_chart
from scn_portal.site.downloads.datasets import count_contents
from scn_portal.site.downloads.package import about_package, make_package
from scn_portal.site.downloads.views import about_table, make_table


@dataclass(frozen=True)
class Kind:
    """How a file is made, and what it is called while somebody waits for it."""

    maker: Maker
    about: Callable[[dict[str, str]], About]


KINDS = {
    "table": Kind(Maker(make_table), about_table),
    "package": Kind(Maker(make_package), about_package),
}


# Nobody waits for these on a page.
NUMBERS: dict[str, Callable[[], Any]] = {
    "contents": count_contents,
    **{f"chart:{key}": partial(count_chart, key) for key in CHARTS},
}


def make_numbers(parameters: dict[str, str], work: Work) -> None:
    """What a worker does for `scn_portal.base.made_files.numbers`."""
    with override(parameters["language"]):
        work.file.write(json.dumps(NUMBERS[parameters["of"]](), ensure_ascii=False).encode())


def make_next() -> bool:
    """Make the file that waits longest. Returns whether there was one."""
    return making.make_next({what: kind.maker for what, kind in KINDS.items()} | {"numbers": Maker(make_numbers)})
