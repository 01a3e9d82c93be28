"""The addresses of the PDFs."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language

from members.models import City
from practices.models import Practice
from scn_portal.base.http.error_pages import service_unavailable
from scn_portal.base.http.public import public_page
from scn_portal.base.strangers import counted_download
from scn_portal.site.cities.detail import with_confirming_role
from scn_portal.site.pdf.city import city_profile
from scn_portal.site.pdf.practice import practice_paper
from scn_portal.site.pdf.prose import Data
from scn_portal.site.pdf.typesetting import TypesettingError, typeset

logger = logging.getLogger(__name__)


@public_page()
@counted_download()
def city_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The profile of a city."""
    city = get_object_or_404(with_confirming_role(City.objects.shown().select_related("region")), slug=slug)
    return _answer(request, "city.typ", city_profile(city), slug)


@public_page()
@counted_download()
def practice_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """A practice, in the words that a moderator approved."""
    practice = get_object_or_404(Practice.objects.published(), slug=slug)
    return _answer(request, "practice.typ", practice_paper(practice), slug)


def _answer(request: HttpRequest, template: str, data: Data, slug: str) -> HttpResponse:
    try:
        made = typeset(template, data, timezone.localdate())
    except TypesettingError:
        logger.exception("No PDF for %s", request.path)
        return service_unavailable(request)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slug}-{get_language()}.pdf"'
    return response
