"""Tags of the staff's pages."""

from django import template
from django.contrib import admin

from scn_portal.site.desk.tabs import tabs_for

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_tabs(context: template.Context) -> list[dict]:
    """The tabs of the desk that the reader may open: `tab`, and `current` as `aria-current` says it."""
    request = context["request"]
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        {"tab": tab, "current": "page" if here == tab.url_name else "true" if here in tab.inside else ""}
        for tab in tabs_for(request.user)
    ]


@register.simple_tag(takes_context=True)
def admin_is_of_use(context: template.Context) -> bool:
    """Whether the reader can do anything in the admin."""
    request = context["request"]
    return request.user.is_staff and bool(admin.site.get_app_list(request))
