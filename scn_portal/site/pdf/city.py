"""The profile of a city, as data for its Typst template: the contents of its public page, on about two pages."""

from dataclasses import replace

from django.utils.formats import date_format, number_format
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Commitment, Milestone, Pledge
from members.models import City
from practices.models import Revision
from scn_portal.base.languages import Text
from scn_portal.base.links import absolute_url
from scn_portal.base.partial_dates import written_out
from scn_portal.base.templatetags.portal import stops_in_words
from scn_portal.site.cities.detail import commitment_marks, live_revisions, public_pledges
from scn_portal.site.cities.summary import summary
from scn_portal.site.pdf.city_head import city_head
from scn_portal.site.pdf.paper import about_this_document, fact
from scn_portal.site.pdf.prose import Data, line, printable, source
from scn_portal.site.sharing.structured_data import plain

MAX_PLEDGES, MAX_PRACTICES = 100, 50
MAX_LENGTH_SUMMARY = 260
MAX_MILESTONES = 5


def city_profile(city: City) -> Data:
    """The contents of the profile of `city`, which has `confirming_role`, in the active language; in seven queries."""
    language = get_language()
    lines = {each.number: each for each in Commitment.objects.of_melbourne()}
    endorsements = list(city.endorsements.with_declaration().order_by("endorsed_on", "pk"))
    pledges = list(public_pledges(city, evidence=False)[:MAX_PLEDGES])
    revisions = list(live_revisions(city)[:MAX_PRACTICES])
    marks = commitment_marks(lines, [pledge for pledge in pledges if not pledge.is_prior], revisions)
    name = printable(city.text("name", language).value)
    return {
        "lang": language,
        "title": name,
        "kind": _("City profile"),
        "under": [printable(city.country.name)],
        "notice": _left(city),
        "head": city_head(city, endorsements, summary(pledges, revisions, language)),
        "stops": [{"number": mark.number, "pledged": mark.pledged, "practised": mark.practised} for mark in marks],
        "stops_in_words": stops_in_words(marks),
        "facts": facts(city),
        "commitments": [_commitment(each, pledges) for each in lines.values()],
        "practices": [_practice(revision) for revision in revisions],
        "about": about_this_document(city.get_absolute_url()),
        "words": {
            "facts": _("In brief"),
            "commitments": _("The seven commitments"),
            "no_pledge": _("No pledge is recorded yet."),
            "practices": _("Practices"),
            "no_practice": _("No practice is published yet."),
            "about": _("About this document"),
        },
    }


def _left(city: City) -> str:
    if city.status != City.Status.FORMER:
        return ""
    return _("This city has left the network. Its record up to that date is kept here.")


def facts(city: City) -> list[Data]:
    """The facts that rarely change, with their sources."""
    found = [
        fact(_("Type of local government"), str(city.get_unit_type_display())),
        fact(_("Region"), city.region.text("name", get_language()).value),
    ]
    if city.population:
        found.append(fact(_("Population"), number_format(city.population, force_grouping=True)))
    return [*found, {"label": _("Source"), **source(city.source)}]


def _commitment(commitment: Commitment, pledges: list[Pledge]) -> Data:
    mine = [pledge for pledge in pledges if pledge.commitment_id == commitment.pk]
    return {
        "number": commitment.number,
        "name": line(commitment.text("short", get_language())),
        "pledged": any(not pledge.is_prior for pledge in mine),
        "pledges": [_pledge(pledge) for pledge in mine],
    }


def _pledge(pledge: Pledge) -> Data:
    dates = [written_out(pledge.announced_on)] if pledge.announced_on else []
    if pledge.due_on:
        dates.append(pledge.due_in_words)
    if pledge.is_overdue:
        dates.append(_("overdue"))
    if pledge.shown_updates:
        reported = date_format(pledge.shown_updates[0].reported_on)
        dates.append(_("last report on %(date)s") % {"date": reported})
    return {
        "title": line(pledge.text("title", get_language())),
        "status": _("Action already taken") if pledge.is_prior else str(pledge.get_status_display()),
        "dates": printable(" · ".join(dates)),
        "description": shortened(pledge.text("description", get_language())),
        "milestones": [_milestone(each) for each in reversed(pledge.shown_milestones[:MAX_MILESTONES])],
        "to": absolute_url(pledge.get_absolute_url()),
    }


def _milestone(milestone: Milestone) -> Data:
    when = ""
    if milestone.done_on:
        when = _("done on %(date)s") % {"date": date_format(milestone.done_on)}
    else:
        when = milestone.due_in_words
    return {"title": line(milestone.text("title", get_language())), "when": when}


def shortened(text: Text) -> Data:
    """The words of a Markdown text, shortened to a few lines."""
    return line(replace(text, value=Truncator(plain(text.value)).chars(MAX_LENGTH_SUMMARY)))


def _practice(revision: Revision) -> Data:
    return {
        "title": line(revision.text("title", get_language())),
        "summary": shortened(revision.text("summary", get_language())),
        "evidence": str(revision.get_evaluation_display()) if revision.evaluation else _("No evaluation available."),
        "numbers": sorted(revision.numbers),
        "to": absolute_url(revision.practice.get_absolute_url()),
    }
