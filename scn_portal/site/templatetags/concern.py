"""The link on every public page to report a concern about it."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from scn_portal.base.links import with_query

register = template.Library()


@register.simple_tag(takes_context=True)
def report_link(context: template.Context) -> str:
    """The path to report a concern about this page, with the version that is shown, if the page knows it."""
    request = context.get("request")
    if request is None:
        return reverse("concern")
    told = {"page": request.path}
    match request.resolver_match and request.resolver_match.url_name:
        case "practice_detail" if number := context.get("number_shown"):
            told["version"] = str(number())
        case "pledge_detail" if pledge := context.get("pledge"):
            told["version"] = str(pledge.version)
        case "concern" | "concern_sent":
            return reverse("concern")
    return with_query(reverse("concern"), urlencode(told))
