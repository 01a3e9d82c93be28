"""Rows of other packages that are kept in history like our own: permissions, groups, addresses, second factors.

They are proxies, so that events and triggers belong to the migrations of this app. No event has a password or a secret,
only the fact that it changed.
"""

import pghistory
import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group

from members.models import User

_EVENTS = (pghistory.InsertEvent, pghistory.UpdateEvent, pghistory.DeleteEvent)


def _events(*more: pghistory.RowEvent) -> tuple[pghistory.RowEvent, ...]:
    return (*(event() for event in _EVENTS), *more)


class Meta:
    proxy = True
    app_label = "members"
    default_permissions = ()


# An event for each change of a password, without the password.
pghistory.track(
    *_events(pghistory.UpdateEvent("password", condition=pgtrigger.AnyChange("password"))),
    exclude=["password", "last_login"],
)(User)


@pghistory.track(obj_field=None)
class FollowedUserGroup(User.groups.through):  # type: ignore[name-defined]  # made by Django
    """A person is in a group."""

    class Meta(Meta):
        pass


@pghistory.track(obj_field=None)
class FollowedUserPermission(User.user_permissions.through):  # type: ignore[name-defined]  # made by Django
    """A person has a permission directly, not through a group."""

    class Meta(Meta):
        pass


@pghistory.track()
class FollowedGroup(Group):
    class Meta(Meta):
        pass


@pghistory.track(obj_field=None)
class FollowedGroupPermission(Group.permissions.through):  # type: ignore[name-defined]  # made by Django
    """The people in a group have a permission."""

    class Meta(Meta):
        pass


@pghistory.track()
class FollowedEmailAddress(EmailAddress):
    class Meta(Meta):
        pass


@pghistory.track(
    *_events(pghistory.UpdateEvent("secret", condition=pgtrigger.AnyChange("data"))), exclude=["data", "last_used_at"]
)
class FollowedAuthenticator(Authenticator):
    class Meta(Meta):
        pass
