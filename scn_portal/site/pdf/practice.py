"""A practice, as data for its Typst template: the whole story, as on its public page."""

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices import story
from practices.models import Practice, Revision
from practices.related import adaptations_of, originals_of
from scn_portal.base.links import absolute_url
from scn_portal.base.origin import Origin
from scn_portal.base.partial_dates import written_out
from scn_portal.site.pdf.paper import about_this_document, fact, link_fact, listed
from scn_portal.site.pdf.prose import Data, line, printable, prose, source


def practice_paper(practice: Practice) -> Data:
    """The contents of the PDF of a public `practice`, in the active language; in three queries besides those for the
    practice."""
    language, revision = get_language(), practice.live
    if revision is None:
        raise LookupError(f"{practice} is not public")
    title = line(revision.text("title", language))
    city = printable(practice.city.text("name", language).value)
    return {
        "lang": language,
        "title": title["value"],
        "heading": title,
        "kind": _("Practice"),
        "under": [city, printable(practice.city.country.name)],
        "numbers": [commitment.number for commitment in revision.served],
        "summary": prose(revision.text("summary", language)),
        "facts": _facts(revision),
        "partners": prose(revision.text("partners", language)),
        "sections": [_section(revision, section) for section in story.sections_of(revision)],
        "originals": [_named(other) for other in originals_of(revision)],
        "inspired_by": line(revision.text("inspired_by", language)),
        "adaptations": [_named(other) for other in adaptations_of(practice)],
        "documents": [
            {"title": line(each.text("title", language)), "to": absolute_url(each.get_absolute_url())}
            for each in revision.attachments.standing().select_related("revision__practice")
        ],
        "sources": [source(each) for each in revision.sources],
        "citation": citation(practice, revision),
        "about": about_this_document(practice.get_absolute_url()),
        "words": _words(),
    }


def citation(practice: Practice, revision: Revision) -> str:
    """How to cite this practice in another text: the line that its page proposes."""
    title = line(revision.text("title", get_language()))
    parts = {
        "city": practice.city.text("name", get_language()).value,
        "country": practice.city.country.name,
        "title": title["value"],
        "year": date_format(revision.published_at, "Y") if revision.published_at else "",
        "address": absolute_url(practice.get_absolute_url()),
        "date": date_format(timezone.localdate()),
    }
    cited = _(
        "%(city)s (%(country)s), “%(title)s”, Strong Cities Network, %(year)s, %(address)s, accessed on %(date)s."
    )
    if revision.origin == Origin.COMPILED:
        cited = _(
            "Strong Cities Network portal team, “%(title)s” (%(city)s, %(country)s; compiled from public sources, not"
            " yet confirmed by %(city)s), %(year)s, %(address)s, accessed on %(date)s."
        )
    return printable(cited % parts)


def _facts(revision: Revision) -> list[Data]:
    language = get_language()
    short = (f"{each.number}. {line(each.text('short', language))['value']}" for each in revision.served)
    found = [fact(_("Related commitments"), listed(short))]
    themes, groups = (_with_other(revision, name) for name in ("themes", "target_groups"))
    found.append(fact(_("Themes"), listed(themes)))
    found.append(fact(_("Who it is for"), listed(groups)))
    found.append(fact(_("Scope"), str(revision.get_scope_display())))
    found.append(fact(_("Since"), written_out(revision.started_on)))
    ended = f" ({written_out(revision.ended_on)})" if revision.ended_on else ""
    continuation = str(revision.get_continuation_display())
    found.append(fact(_("Ended or ongoing"), f"{continuation}{ended}"))
    found.append(fact(_("Cost a year"), str(revision.get_cost_band_display())))
    found.append(fact(_("People reached"), _reached(revision)))
    found.append(fact(_("Led by"), line(revision.text("lead", language))["value"]))
    found.append(fact(_("Partner cities of the network"), listed(map(str, revision.partner_cities.listed()))))
    found.append(fact(_("Original name"), revision.name_of_its_own))
    website = source(revision.website)
    found.append({"label": _("Website"), **website})
    if revision.published_at and revision.first_published_at:
        first, last = (timezone.localdate(at) for at in (revision.first_published_at, revision.published_at))
        found.append(fact(_("Published on the portal"), date_format(first)))
        found.append(fact(_("Last changed"), date_format(last) if last != first else ""))
    return [each for each in found if each["text"]]


def _with_other(revision: Revision, name: str) -> list[str]:
    """The themes or the target groups of `revision`, including the one in the city's own words."""
    named = line(revision.text(f"{name}_other", get_language()))["value"]
    return [*getattr(revision, f"get_{name}_display")(), *([named] if named else [])]


def _reached(revision: Revision) -> str:
    if revision.people_reached is None:
        return ""
    number = number_format(revision.people_reached, force_grouping=True)
    return f"{number} ({revision.people_reached_year})" if revision.people_reached_year else number


def _section(revision: Revision, section: story.Section) -> Data:
    text = revision.text(section.field, get_language())
    is_evidence = section.field == "evidence"
    evaluation = str(revision.get_evaluation_display()) if is_evidence and revision.evaluation else ""
    says_note = section.note and not evaluation and (not text or is_evidence)
    return {
        "heading": str(section.heading),
        "evaluation": evaluation,
        "note": str(section.note) if says_note else "",
        "text": prose(text),
    }


def _named(other: Revision) -> Data:
    city = other.practice.city
    return {
        "title": line(other.text("title", get_language())),
        "city": printable(f"{city.text('name', get_language())} ({city.country.name})"),
        "to": link_fact("", "", absolute_url(other.practice.get_absolute_url()))["to"],
    }


def _words() -> dict[str, str]:
    return {
        "facts": _("In brief"),
        "partners": _("With"),
        "adaptations": _("From city to city"),
        "adapted_from": _("Adapted from"),
        "adapted_by": _("Adapted by"),
        "documents": _("Documents"),
        "sources": _("Sources"),
        "cite": _("Reuse and cite"),
        "licence": _(
            "You may copy, translate and adapt this text under Creative Commons Attribution 4.0, if you say where it "
            "comes from. This line does:"
        ),
        "about": _("About this document"),
    }
