"""The head of the profile of a city: the same facts, in the same words, as on its public page."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from commitments.models import Endorsement
from members.models import City, Role
from scn_portal.base.links import absolute_url
from scn_portal.base.partial_dates import written_out
from scn_portal.base.typography import typographic
from scn_portal.site.cities.summary import LastChange, Summary
from scn_portal.site.city_facts import confirmation_in_words
from scn_portal.site.pdf.paper import fact, link_fact
from scn_portal.site.pdf.prose import Data


def city_head(city: City, endorsements: list[Endorsement], summary: Summary) -> list[Data]:
    """The first facts on the page of `city`, which has `confirming_role`. No query."""
    return [
        fact(_("In the network"), _membership(city)),
        *(_signature(endorsement) for endorsement in endorsements),
        *_numbers(summary),
        _last_change(summary.last_change),
        fact(_("Checked by the city"), _check(city)),
    ]


def _membership(city: City) -> str:
    """“Member since 2015”."""
    status = str(city.get_status_display())
    if city.status != City.Status.MEMBER or not city.joined_year:
        return status
    return f"{status} " + _("since %(year)s") % {"year": city.joined_year}


def _signature(endorsement: Endorsement) -> Data:
    signed = _("Signed: %(date)s") % {"date": written_out(endorsement.endorsed_on)}
    by = ", ".join(filter(None, (endorsement.signatory_name, endorsement.signatory_title)))
    title = endorsement.declaration.text("title", get_language()).value
    return link_fact(title, f"{signed} ({by})" if by else signed, endorsement.proof)


def _numbers(summary: Summary) -> Iterator[Data]:
    yield fact(_("Pledges"), _pledges(summary))
    if summary.prior:
        actions = ngettext("%(actions)s action already taken", "%(actions)s actions already taken", summary.prior)
        yield fact(_("Before the Declaration"), actions % {"actions": summary.prior})
    practices = ngettext("%(practices)s practice", "%(practices)s practices", summary.practices)
    yield fact(_("Practices"), practices % {"practices": summary.practices} if summary.practices else _("No practice"))


def _pledges(summary: Summary) -> str:
    """“3 pledges, 2 kept”."""
    if not summary.pledges:
        return _("No pledge")
    pledges = ngettext("%(pledges)s pledge", "%(pledges)s pledges", summary.pledges) % {"pledges": summary.pledges}
    kept = ngettext("%(kept)s kept", "%(kept)s kept", summary.kept) % {"kept": summary.kept}
    return f"{pledges}, {kept if summary.kept else pgettext('pledges', 'none kept yet')}"


def _last_change(change: LastChange | None) -> Data:
    if change is None:
        return fact(_("Last change"), _("Nothing recorded"))
    about = _("%(label)s: %(date)s") % {
        "label": change.what,
        "date": typographic(change.title.value, change.title.language),
    }
    day = date_format(timezone.localtime(change.at))
    return link_fact(_("Last change"), f"{day} · {about}", absolute_url(change.link))


def _check(city: City) -> str:
    """When the city checked its page, and in which role the official did so, without a name."""
    if not city.confirmed_at:
        return pgettext("checked by the city", "Not yet")
    if not city.is_confirmed:
        return confirmation_in_words(city)
    by = {
        Role.FOCAL_POINT.value: _("by a focal point of the city"),
        Role.EDITOR.value: _("by an editor of the city"),
    }
    day = _("On %(date)s") % {"date": date_format(timezone.localtime(city.confirmed_at))}
    role = by.get(getattr(city, "confirming_role", None) or "", "")
    return f"{day}, {role}" if role else day
