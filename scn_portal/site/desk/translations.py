"""What the public can read in one language only, or in a translation that is older than its source."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import F, Q
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commitments.models import Pledge
from practices.models import Revision
from practices.views.desk.access import moderators_only
from scn_portal.base.keysets import Keyset
from scn_portal.base.languages import other
from scn_portal.site.desk import filters
from scn_portal.site.desk.filters import Narrowed, page_of_many
from scn_portal.site.todo.translations import behind

PER_PAGE = 50
PLEDGE_TEXTS = ("title", "description")
KINDS = [("practices", _("Practices")), ("pledges", _("Pledges"))]
# By the language that is missing.
MISSING = [("fr", _("French")), ("en", _("English"))]


@require_safe
@moderators_only
def translations(request):
    """Practices, or pledges where asked for: which texts wait for the other language."""
    of_pledges = request.GET.get("of") == "pledges"
    rows, city, texts = (_pledges(), "city__", PLEDGE_TEXTS) if of_pledges else (_practices(request.user), "", ())
    narrowed = Narrowed(
        request,
        rows,
        [
            filters.fixed("of", _("What"), KINDS, lambda kind: Q()),
            filters.regions(city or "practice__city__", _("Region")),
            filters.fixed("into", _("To be translated into"), MISSING, lambda code: Q(source_language=other(code))),
        ],
    )
    page = page_of_many(narrowed.rows, request, per_page=PER_PAGE, keyset=Keyset("-published_at", "-pk"))
    for row in page:
        row.missing, row.outdated = behind(row, texts or Revision.TEXTS)
        row.city_shown = row.city if of_pledges else row.practice.city
    context = {"narrowed": narrowed, "page": page, "of_pledges": of_pledges}
    return render(request, "desk/translations.html", context)


def _practices(user):
    live = Revision.objects.live().of_other_cities(user).select_related("practice__city")
    outdated = Q(outdated__isnull=False) & ~Q(outdated={}) | Q(outdated__isnull=True) & _older_as_a_whole()
    return live.filter(_untranslated(Revision.TEXTS) | outdated).order_by("-published_at", "-pk")


def _pledges():
    wanting = _untranslated(PLEDGE_TEXTS) | _older_as_a_whole()
    return Pledge.objects.public().select_related("city").filter(wanting).order_by("-published_at", "-pk")


def _older_as_a_whole() -> Q:
    return Q(translation_changed_at__lt=F("source_changed_at"))


def _untranslated(names: Sequence[str]) -> Q:
    """One of the fields `names` is written in the source language and empty in the other."""
    return reduce(or_, (_missing(name, source) for name in names for source in ("fr", "en")))


def _missing(name: str, source: str) -> Q:
    target = f"{name}_{other(source)}"
    empty = Q(**{target: ""}) | Q(**{f"{target}__isnull": True})
    return Q(source_language=source, **{f"{name}_{source}__gt": ""}) & empty
