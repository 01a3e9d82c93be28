"""The accounts of the demo. Their password is public, so they exist nowhere else."""

import time

from allauth.account.models import EmailAddress
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from members import staff as members_staff
from members.models import City, Membership, Role, User
from members.sign_in import codes

PASSWORD = "melbourne-2018"
# The secret of the moderator's app. It is public too: the page that asks for a code shows the current one.
SECRET = "SCNDEMOSCNDEMOSCNDEMOSCNDEMOSCN2"
MODERATOR = "staff@scn.example"
# address: (slug of the city, role, language, time zone, name)
OFFICIALS = {
    "montreal@scn.example": ("montreal", Role.FOCAL_POINT, "fr", "America/Toronto", "Demo Montréal"),
    "mombasa@scn.example": ("mombasa", Role.FOCAL_POINT, "en", "Africa/Nairobi", "Demo Mombasa"),
    "editor.montreal@scn.example": ("montreal", Role.EDITOR, "fr", "America/Toronto", "Demo editor of Montréal"),
    "viewer.montreal@scn.example": ("montreal", Role.VIEWER, "en", "America/Toronto", "Demo viewer of Montréal"),
}


@transaction.atomic
def create_demo_accounts() -> list[User]:
    """Create or reset the accounts, the moderator first. Raises ImproperlyConfigured in production."""
    if settings.PRODUCTION:
        raise ImproperlyConfigured("The demo accounts have a public password: they are not for production.")
    password = make_password(PASSWORD)  # hashing is slow on purpose, so it is done once for all accounts
    staff = account(MODERATOR, password, name="Demo moderator", language="en", is_staff=True)
    staff.groups.add(members_staff.group())
    Authenticator.objects.filter(user=staff).delete()
    TOTP.activate(staff, SECRET)
    users = [staff]
    for email, (slug, role, language, time_zone, name) in OFFICIALS.items():
        city = City.objects.get(slug=slug)
        user = account(email, password, name=name, language=language, time_zone=time_zone)
        Membership.objects.update_or_create(user=user, city=city, defaults={"role": role})
        users.append(user)
    return users


def account(email: str, password: str, **fields) -> User:
    """Create or reset a user with a verified address and the hash `password`. An existing hash stays if it is for the
    demo's password."""
    user, created = User.objects.update_or_create(
        email=email, defaults=fields, create_defaults=fields | {"password": password}
    )
    if not created and not user.check_password(PASSWORD):
        user.password = password
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


def code_of(user: User) -> str:
    """A code of the moderator's app that is valid now: the first that was not used yet. "" for other users."""
    if user.email != MODERATOR:
        return ""
    now = int(time.time()) // app_settings.TOTP_PERIOD
    good = [format_hotp_value(hotp_value(SECRET, now + step)) for step in (0, 1, -1)]
    return next((code for code in good if not codes.was_used(user.pk, code)), good[0])
