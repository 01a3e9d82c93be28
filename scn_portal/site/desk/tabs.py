"""The tabs of the moderation desk: one table."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Tab:
    """A page of the desk: its URL name, its label, and the URL names of the pages that belong to it."""

    url_name: str
    label: str | Promise
    inside: Sequence[str] = ()
    permission: str = "practices.moderate_revision"


TABS = (
    Tab("desk", pgettext_lazy("a tab of the desk", "Waiting"), ("desk_revision",)),
    Tab("desk_with_cities", _("With the cities")),
    Tab("desk_decided", _("Decided")),
    Tab("desk_pledges", _("Pledges"), ("desk_pledge",)),
    Tab("desk_translations", _("Translations")),
    Tab("desk_cities", _("Cities"), ("desk_city", "desk_city_history", "cities_desk")),
    Tab("desk_figures", _("Figures")),
    Tab("desk_patrol", _("Patrol")),
    Tab("desk_concerns", _("Concerns"), ("desk_concern",)),
    Tab("desk_erasures", _("Erasures"), ("desk_erasure",), permission="members.add_invitation"),
)


def tabs_for(user) -> list[Tab]:
    """The tabs that `user` may open."""
    return [tab for tab in TABS if user.has_perm(tab.permission)]
