"""Tags for the head of a page, and for taking a page elsewhere: link previews, feeds, JSON-LD, the badge."""

from collections.abc import Iterable

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Practice
from scn_portal.base.languages import other
from scn_portal.base.links import absolute_url
from scn_portal.base.typography import typographic
from scn_portal.site.sharing import structured_data

register = template.Library()

LOCALES = {"en": "en_GB", "fr": "fr_FR"}


@register.inclusion_tag("components/head_social.html", takes_context=True)
def link_preview(context: template.Context, row: Model | None = None, title: str = "") -> dict:
    """How a link to this page looks on other sites: words of `row` where the page is about one, and its image."""
    words, description, picture = _said(row) if row else (title or _("Strong Cities Network"), "", reverse("picture"))
    return {
        "title": words,
        "description": description or _("What cities promise, what they do, and how it stands"),
        "address": absolute_url(context["request"].path),
        "picture": absolute_url(picture),
        "kind": "article" if isinstance(row, Practice) else "website",
        "locale": LOCALES[get_language()],
        "other_locale": LOCALES[other(get_language())],
    }


def _said(row: Model) -> tuple[str, str, str]:
    """Title, description and image of the page of `row`."""
    language = get_language()
    if isinstance(row, City):
        about = {"city": row.text("name", language).value, "country": row.country.name}
        said = _(
            "%(city)s, %(country)s: what it pledged under the Melbourne Declaration, what it has done, and how it"
            " stands."
        )
        return f"{about['city']}, {about['country']}", said % about, reverse("city_picture", args=[row.slug])
    if isinstance(row, Practice):
        live = structured_data.live_of(row)
        title, summary = live.text("title", language), live.text("summary", language)
        short = Truncator(structured_data.plain(summary.value)).chars(200)
        return typographic(title.value, title.language), short, reverse("practice_picture", args=[row.slug])
    if isinstance(row, Pledge):
        title = row.text("title", language)
        named = f"{typographic(title.value, title.language)} ({row.city.text('name', language).value})"
        return named, pledge_in_brief(row), reverse("city_picture", args=[row.city.slug])
    title, short = row.text("title", language), row.text("short", language)
    named = f"{row.number}. {typographic(short.value, short.language)}"
    return named, typographic(title.value, title.language), reverse("commitment_picture", args=[row.number])


@register.simple_tag
def pledge_in_brief(pledge: Pledge) -> str:
    """Whose pledge it is, under which commitment and how it stands, in a sentence for search engines and previews."""
    language = get_language()
    said = _("A pledge of %(city)s, %(country)s, under the commitment “%(commitment)s”. Status: %(status)s.")
    return said % {
        "city": pledge.city.text("name", language).value,
        "country": pledge.city.country.name,
        "commitment": pledge.commitment.text("short", language).value,
        "status": pledge.get_status_display(),
    }


@register.inclusion_tag("components/head_feeds.html")
def feeds(row: Model | None = None) -> dict:
    """The Atom feed and the calendar that belong to a page: those of `row`, or those of all."""
    if row is None or isinstance(row, Practice):
        due = _("What cities promised by a day")
        return {
            "feed": (reverse("practice_feed"), _("%(name)s: what is new") % {"name": _("Practices")}),
            "calendar": (reverse("calendar"), due),
        }
    language = get_language()
    if isinstance(row, City):
        kind, key, name = "city", row.slug, row.text("name", language)
    else:
        kind, key, name = "commitment", row.number, row.text("short", language)
    named = {"name": typographic(name.value, name.language)}
    return {
        "feed": (reverse(f"{kind}_feed", args=[key]), _("%(name)s: what is new") % named),
        "calendar": (reverse(f"{kind}_calendar", args=[key]), _("%(name)s: what is due") % named),
    }


@register.simple_tag
def json_ld(row: City | Practice | Commitment | Pledge) -> SafeString:
    """What the page is about and the way to it, for search engines."""
    language = get_language()
    about = structured_data.script(structured_data.about(row, language))
    return format_html("{}\n{}", about, structured_data.script(structured_data.way_to(row, language)))


@register.simple_tag
def json_ld_place(name: str, kind: str, path: str) -> SafeString:
    """A country or a region and the way to its page, for search engines."""
    about = structured_data.script(structured_data.place(kind, name, path))
    steps = [(_("Cities"), reverse("city_list")), (name, path)]
    return format_html("{}\n{}", about, structured_data.script(structured_data.breadcrumbs(steps)))


@register.simple_tag
def json_ld_website() -> SafeString:
    """What the site is and how to search it, for the home page."""
    return structured_data.script(structured_data.website(get_language()))


@register.simple_tag
def json_ld_dataset(name: str, description: str, path: str, files: Iterable[tuple[str, str, str]]) -> SafeString:
    """An open data set and its files, each as (format, path, media type)."""
    pairs = [(address, media_type) for _format, address, media_type in files]
    return structured_data.script(structured_data.dataset(name, description, path, pairs))


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
