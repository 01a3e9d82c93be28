"""The accounts of the demo. Their password is public, so they exist nowhere else."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from members.models import City, Membership, Role, User

PASSWORD = "melbourne-2018"
MODERATOR = "staff@scn.example"
# address: (slug of the city, language, time zone)
FOCAL_POINTS = {
    "montreal@scn.example": ("montreal", "fr", "America/Toronto"),
    "mombasa@scn.example": ("mombasa", "en", "Africa/Nairobi"),
}


@transaction.atomic
def create_demo_accounts() -> list[User]:
    """Create or reset the three accounts. ImproperlyConfigured in production."""
    if settings.PRODUCTION:
        raise ImproperlyConfigured("The demo accounts have a public password: they are not for production.")
    moderators, _created = Group.objects.get_or_create(name="Moderators")
    moderators.permissions.add(
        Permission.objects.get(content_type__app_label="practices", codename="moderate_revision"),
        Permission.objects.get(content_type__app_label="members", codename="add_invitation"),
        Permission.objects.get(content_type__app_label="members", codename="change_city"),
        Permission.objects.get(content_type__app_label="digests", codename="run_newsletter"),
    )
    staff = account(MODERATOR, name="Demo moderator", language="en", is_staff=True)
    staff.groups.add(moderators)
    users = [staff]
    for email, (slug, language, time_zone) in FOCAL_POINTS.items():
        city = City.objects.get(slug=slug)
        user = account(email, name=f"Demo {city.name_en}", language=language, time_zone=time_zone)
        Membership.objects.update_or_create(user=user, city=city, defaults={"role": Role.FOCAL_POINT})
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
