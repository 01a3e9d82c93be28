"""The titles of the charts: one sentence, made from the numbers, in the active language."""

from collections.abc import Mapping

from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext as _

from scn_portal.base.typography import QUOTES

MAX_NAMED = 2  # if there are more leaders or more gaps, only their number is given


def pledges_finding(pledges: Mapping[str, int]) -> str:
    """The finding about `pledges`, the number for each name of a commitment: which leads, and which have none."""
    total = sum(pledges.values())
    leaders, missing = _leaders(pledges), [name for name, count in pledges.items() if not count]
    if not total:
        return _("No city has recorded a pledge yet")
    if total == 1:
        return _("One pledge is recorded so far, on %(name)s") % {"name": _in_a_sentence(leaders[0])}
    if len(missing) == len(pledges) - 1:
        return _("All %(count)s pledges are on %(name)s") % {"count": total, "name": _in_a_sentence(leaders[0])}
    if len(leaders) == len(pledges):
        return _("Pledges are spread evenly over all commitments")
    named = get_text_list([_in_a_sentence(name) for name in leaders], gettext("and"))
    if len(leaders) <= MAX_NAMED:
        lead = ngettext("Cities pledge most on %(names)s", "Cities pledge most on %(names)s", len(leaders))
    else:
        lead = _("No commitment leads alone: %(count)s share first place")
    gap = ""
    if 0 < len(missing) <= MAX_NAMED:
        gap = _("no city has pledged on %(names)s") % {"names": _either(map(_in_a_sentence, missing))}
    elif missing:
        gap = _("%(count)s commitments have no pledge") % {"count": len(missing)}
    return _joined(lead % {"names": named, "count": len(leaders)}, gap)


def themes_finding(practices: Mapping[str, int], total: int) -> str:
    """The finding about `practices`, the number for each name of a theme; `total` practices are published, each with
    any number of themes."""
    leaders, missing = _leaders(practices), [name for name, count in practices.items() if not count]
    if total <= 1:
        return _how_few(total)
    most = max(practices.values(), default=0)
    if not most:
        return _("No practice names a theme yet")
    if len(leaders) <= MAX_NAMED:
        lead = ngettext(
            "%(names)s is the most common theme, in %(most)s of %(total)s practices",
            "%(names)s are the most common themes, each in %(most)s of %(total)s practices",
            len(leaders),
        )
    else:
        lead = _("No theme stands out: %(count)s share first place")
    named = get_text_list([_quoted(name) for name in leaders], gettext("and"))
    gap = ""
    if 0 < len(missing) <= MAX_NAMED:
        gap = _("no practice is about %(names)s") % {"names": _either(map(_quoted, missing))}
    elif missing:
        gap = _("%(count)s themes have no practice") % {"count": len(missing)}
    return _joined(lead % {"names": named, "most": most, "total": total, "count": len(leaders)}, gap)


def evidence_finding(by_others: int, by_the_city: int, total: int) -> str:
    """The finding about evaluation: how many of `total` practices have been evaluated, and how many of those by others
    than their city."""
    evaluated = by_others + by_the_city
    numbers = {"evaluated": evaluated, "total": total, "others": by_others}
    if total <= 1:
        return _how_few(total)
    if not evaluated:
        return _("None of the %(total)s practices has been evaluated yet") % numbers
    if evaluated == total:
        said = _("All %(total)s practices have been evaluated")
    else:
        said = ngettext(
            "%(evaluated)s of %(total)s practices has been evaluated",
            "%(evaluated)s of %(total)s practices have been evaluated",
            evaluated,
        )
    if not by_others:
        by = ngettext("by its own city", "each by its own city", evaluated)
    elif by_others == evaluated:
        by = ngettext("by others", "all by others", evaluated)
    else:
        by = ngettext("%(others)s of them by others", "%(others)s of them by others", by_others)
    return f"{said % numbers}, {by % numbers}"


def _how_few(practices: int) -> str:
    return _("One practice is published so far") if practices else _("No practice is published yet")


def _leaders(counts: Mapping[str, int]) -> list[str]:
    most = max(counts.values(), default=0)
    return [name for name, count in counts.items() if count == most] if most else []


def _joined(one: str, other: str) -> str:
    return gettext("%(one)s; %(other)s") % {"one": one, "other": other} if other else one


def _either(names) -> str:
    return get_text_list(list(names), pgettext("after “no”", "or"))


def _in_a_sentence(name: str) -> str:
    """English uses the name of a commitment without quotes; French would need its article, so it quotes the name."""
    return name[:1].lower() + name[1:] if get_language() == "en" else _quoted(name)


def _quoted(name: str) -> str:
    opening, closing = QUOTES[get_language()]
    return f"{opening}{name}{closing}"
