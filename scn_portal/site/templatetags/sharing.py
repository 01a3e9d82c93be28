"""Tags for link previews, feeds and JSON-LD in the head of a page, and for the badge of a city."""

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Pledge
from members.models import City
from scn_portal.base.languages import other
from scn_portal.base.links import absolute_url, with_query
from scn_portal.base.typography import typographic
from scn_portal.site.sharing import structured_data
from scn_portal.site.sharing.shared_pages import network_calendar, network_feed, pledge_in_brief, shared_page

register = template.Library()

LOCALES = {"en": "en_GB", "fr": "fr_FR"}


@register.inclusion_tag("components/head_social.html", takes_context=True)
def link_preview(context: template.Context, row: Model | None = None, title: str = "", query: str = "") -> dict:
    """The Open Graph properties of a page: those of `row` if the page is about one, else those of the site.

    `title` is the title of the page if it is not that of `row`; `query` belongs to the address of the page.
    """
    language = get_language()
    page = shared_page(row, language) if row else None
    description = page.description if page else ""
    photograph = page.photograph if page else None
    return {
        "title": title or (typographic(page.title, language) if page else _("Strong Cities Network")),
        "description": typographic(description, language)
        or _("How cities are keeping their promises to prevent hate and extremism"),
        "address": absolute_url(with_query(context["request"].path, query)),
        "picture": absolute_url(page.picture if page else reverse("picture")),
        "photograph": photograph
        and {
            "address": absolute_url(photograph.path),
            "width": photograph.width,
            "height": photograph.height,
            "alt": photograph.alt,
        },
        "kind": page.og_type if page else "website",
        "locale": LOCALES[get_language()],
        "other_locale": LOCALES[other(get_language())],
    }


@register.inclusion_tag("components/head_feeds.html")
def feeds(row: Model | None = None, *, news: object = True, deadlines: object = False) -> dict:
    """Links to the Atom feed and the calendar of `row`, or to those of the whole network.

    The feed is left out if there are no `news`, the calendar if there are no `deadlines`: an empty one is of no use.
    """
    page = shared_page(row, get_language()) if row else None
    feed, calendar = (page.feed, page.calendar) if page else (network_feed(), network_calendar())
    return {"feed": feed if news else None, "calendar": calendar if deadlines else None}


@register.simple_tag
def json_ld(row: Model) -> SafeString:
    """What the page of `row` is about, and its breadcrumbs, for search engines."""
    page = shared_page(row, get_language())
    breadcrumbs = structured_data.breadcrumbs(page.breadcrumbs)
    return format_html("{}\n{}", structured_data.script(page.json_ld), structured_data.script(breadcrumbs))


@register.simple_tag(name="pledge_in_brief")
def pledge_in_brief_tag(pledge: Pledge) -> str:
    """City, commitment and status of a pledge in a sentence."""
    return pledge_in_brief(pledge, get_language())


@register.simple_tag
def json_ld_place(name: str, kind: str, path: str) -> SafeString:
    """A country or a region and its breadcrumbs, for search engines."""
    place = structured_data.script(structured_data.place(kind, name, path))
    breadcrumbs = structured_data.breadcrumbs([(_("Cities"), reverse("city_list")), (name, path)])
    return format_html("{}\n{}", place, structured_data.script(breadcrumbs))


@register.simple_tag
def json_ld_website() -> SafeString:
    """What the site is and how to search it."""
    return structured_data.script(structured_data.website(get_language()))


@register.simple_tag
def badge_code(city: City) -> str:
    """The HTML that shows the badge of `city` on another site, with a link to its page here."""
    name = city.text("name", get_language()).value
    return format_html(
        '<a href="{}"><img src="{}" alt="{}" height="96"></a>',
        absolute_url(city.get_absolute_url()),
        absolute_url(reverse("city_badge", args=[city.slug])),
        _("%(city)s in the Strong Cities Network") % {"city": name},
    )
