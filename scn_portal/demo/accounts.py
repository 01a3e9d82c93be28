"""The accounts of the demo. Their password is public, so they exist nowhere else."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from members import staff as members_staff
from members.models import City, Membership, Role, User

PASSWORD = "melbourne-2018"
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
    """Create or reset the accounts, the moderator first. ImproperlyConfigured in production."""
    if settings.PRODUCTION:
        raise ImproperlyConfigured("The demo accounts have a public password: they are not for production.")
    staff = account(MODERATOR, name="Demo moderator", language="en", is_staff=True)
    staff.groups.add(members_staff.group())
    users = [staff]
    for email, (slug, role, language, time_zone, name) in OFFICIALS.items():
        city = City.objects.get(slug=slug)
        user = account(email, name=name, language=language, time_zone=time_zone)
        Membership.objects.update_or_create(user=user, city=city, defaults={"role": role})
        users.append(user)
    return users


def account(email: str, **fields) -> User:
    """A user with a verified address and the password of the demo."""
    user, created = User.objects.update_or_create(email=email, defaults=fields)
    if created or not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user
