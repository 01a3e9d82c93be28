"""Texts that the public can read in one language only, or in a translation that is older than its source."""

from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commitments.models import Pledge
from practices.models import Revision
from practices.views.desk.access import moderators_only
from scn_portal.base.keysets import Keyset
from scn_portal.base.languages import other
from scn_portal.base.lists import page_of_many
from scn_portal.site.desk import filters
from scn_portal.site.desk.filters import Narrowed
from scn_portal.site.todo.translations import behind, wanting, wanting_of_practices

PER_PAGE = 50
PLEDGE_TEXTS = ("title", "description")
KINDS = [("practices", _("Practices")), ("pledges", _("Pledges"))]
# By the language that is missing.
MISSING = [("fr", _("French")), ("en", _("English"))]


@require_safe
@moderators_only
def translations(request):
    """Practices, or pledges if requested, with texts that wait for the other language."""
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
    return live.filter(wanting_of_practices()).order_by("-published_at", "-pk")


def _pledges():
    rows = Pledge.objects.public().select_related("city").filter(wanting(PLEDGE_TEXTS))
    return rows.order_by("-published_at", "-pk")
