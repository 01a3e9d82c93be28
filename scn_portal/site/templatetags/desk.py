"""Tags of the staff's pages."""

from django import template
from django.contrib import admin
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from scn_portal.site.desk.filters import Select
from scn_portal.site.desk.tabs import TABS, tabs_for

register = template.Library()
# Pages of the desk that belong to no tab.
DESK_PAGES = ("desk_search", "desk_settings", "desk_staff", "staff_invitation_withdraw", "hold_hand_over")


@register.simple_tag(takes_context=True)
def desk_tabs(context: template.Context) -> list[dict]:
    """The tabs of the desk that the reader may open: `tab`, and `current`, the value of `aria-current`."""
    request = context["request"]
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        {"tab": tab, "current": "page" if here == tab.url_name else "true" if here in tab.inside else ""}
        for tab in tabs_for(request.user)
    ]


@register.simple_tag
def options_of(select: Select) -> SafeString:
    """The options of a select as HTML. There may be hundreds of cities: a loop in the template would take longer."""
    return mark_safe("\n".join(_option(*each) for each in select.options))


def _option(value: str, label: object, chosen: bool) -> str:
    return f'<option value="{escape(value)}"{" selected" if chosen else ""}>{escape(capfirst(str(label)))}</option>'


@register.simple_tag(takes_context=True)
def desk_link(context: template.Context, label: str) -> SafeString:
    """The link to the desk, marked as current on all of its pages."""
    match = context["request"].resolver_match
    here = match.url_name if match else ""
    is_inside = here in DESK_PAGES or any(here == tab.url_name or here in tab.inside for tab in TABS)
    current = "page" if here == "desk" else "true" if is_inside else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    return format_html('<a href="{}"{}>{}</a>', reverse("desk"), mark, label)


@register.simple_tag(takes_context=True)
def admin_is_of_use(context: template.Context) -> bool:
    """Whether the reader can do anything in the admin."""
    request = context["request"]
    return request.user.is_staff and bool(admin.site.get_app_list(request))
