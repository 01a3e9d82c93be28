"""People with an account."""

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.time_zones import known_time_zones
from members.triggers import KEEP_A_FOCAL_POINT_OF_AN_ACCOUNT
from scn_portal.base.languages import CODES
from scn_portal.base.one_line import EmailLine, Line
from scn_portal.base.search.plain import Words, part_of_words


def validate_time_zone(value: str) -> None:
    """Raises ValidationError unless `value` names a time zone of the IANA database."""
    if value not in known_time_zones():
        raise ValidationError(_("“%(value)s” is not a time zone such as Africa/Nairobi."), params={"value": value})


# A domain without mailboxes, for the addresses of people who were erased.
ERASED_DOMAIN = "erased.invalid"

# The group of the staff who moderate; its name comes from the migration `0002_moderators` of the site.
STAFF_GROUP = "Moderators"


class UserManager(BaseUserManager["User"]):
    """Finds people by address, ignoring case."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        """The person who creates this account runs the portal, so the address counts as verified without a mail."""
        from allauth.account.models import EmailAddress  # its tables refer to this model

        with transaction.atomic(using=self._db):
            user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: an official of a city, or staff of the network. Never deleted, only made inactive,
    so that what they did keeps its author."""

    email = EmailLine(_("email address"))
    name = Line(_("name"), max_length=150)
    function = Line(_("function"), max_length=150, blank=True, db_default="", default="")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC", validators=[validate_time_zone])
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined on"), default=timezone.now, editable=False)
    # The workspace does not suggest a second step again before this time.
    second_factor_put_off_until = models.DateTimeField(null=True, editable=False)
    # The parts of the weekly reminder that this person does not want; `scn_portal.site.todo.reasons` names them.
    reminders_off = ArrayField(models.CharField(max_length=30), default=list, db_default=[], editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("Someone already has an account with this address."),
            ),
            models.CheckConstraint(condition=Q(language__in=CODES), name="user_language_known"),
            models.CheckConstraint(
                condition=~Q(email__endswith=f"@{ERASED_DOMAIN}") | Q(is_active=False, name="", function=""),
                name="user_erased_is_nobody",
                violation_error_message=_("An address at erased.invalid belongs to nobody."),
            ),
        ]
        # For finding names in a text: see `members.risks`.
        indexes = [
            GinIndex(Words("name"), name="user_words_of_name"),
            part_of_words("name", "email", "function", name="user_parts"),  # for the search of the desk
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_a_focal_point",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_active=True, new__is_active=False),
                func=KEEP_A_FOCAL_POINT_OF_AN_ACCOUNT,
            )
        ]

    def __str__(self) -> str:
        """The name, or the address if it is empty; for somebody who was erased, a pseudonym in the active language."""
        return self.pseudonym if self.is_erased else self.name or self.email

    @property
    def pseudonym(self) -> str:
        """The name of this person after erasure, in the active language."""
        return gettext("Former official %(number)s") % {"number": self.pk}

    @property
    def is_erased(self) -> bool:
        """Whether `scn_portal.site.privacy.erasing` has replaced this person with a pseudonym."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    @property
    def is_of_the_staff(self) -> bool:
        """Whether this account is active, and in the group of the staff or a superuser."""
        return self.is_active and (self.is_superuser or self.groups.filter(name=STAFF_GROUP).exists())

    def get_short_name(self) -> str:
        return self.name
