"""Regions and cities."""

import re
from dataclasses import replace

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from members.models.roles import EDITING_ROLES, Role
from members.models.user import User, validate_time_zone
from members.sources import source_in
from members.triggers import FACTS_CHANGED
from scn_portal.base.choice_labels import label_of
from scn_portal.base.languages import Text, alphabetical, text_of
from scn_portal.base.one_line import Line
from scn_portal.base.search.full_text import NAMES, searchable
from scn_portal.base.search.plain import part_of_words
from scn_portal.base.slugs import free_slug
from scn_portal.base.triggers import RaisesGeneration, RecordsPublicRows


class Region(models.Model):
    """One of the regions by which the network groups its cities."""

    slug = models.SlugField(unique=True)
    name = Line(_("name"), max_length=80)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["name"]
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return self.name

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


def is_shown(prefix: str = "") -> Q:
    """The condition that the staff have not hidden a city; `prefix` leads to the city, such as `pledge__city__`."""
    return Q(**{f"{prefix}hidden_at__isnull": True})


class CityQuerySet(models.QuerySet):
    def shown(self) -> "CityQuerySet":
        """The cities that the staff have not hidden. They have a page, even former members."""
        return self.filter(is_shown())

    def listed(self) -> "CityQuerySet":
        """The cities that have not left the network and are not hidden."""
        return self.shown().exclude(status=City.Status.FORMER)

    def placed(self) -> "CityQuerySet":
        """The cities whose coordinates are known, from north to south, with only the columns for a mark on a map."""
        fields = ("slug", "name_fr", "name_en", "country", "status", "latitude", "longitude")
        return self.filter(latitude__isnull=False).order_by("-latitude", "pk").only(*fields)

    def named(self, words: str) -> "CityQuerySet":
        """The cities whose French or English name contains `words`, ignoring accents and case."""
        return self.filter(Q(name_fr__plainly=words) | Q(name_en__plainly=words))

    def by_name(self, language: str) -> "CityQuerySet":
        """The cities in the alphabetical order of their names in `language`."""
        return self.order_by(alphabetical(f"name_{language}"), "pk")

    def slug_meant_by(self, asked: str) -> str | None:
        """The slug of the one city that `asked` names: by its slug, ignoring case, or by its name in either language.

        None if it names no city, or more than one. One query, for cities with the longest word of `asked` in a name.
        """
        asked = asked.lower()
        longest = max(re.split(r"[^a-z0-9]", asked), key=len)
        like_it = Q(slug__iexact=asked) | Q(slug=asked)
        if longest:
            like_it |= Q(name_fr__plainly=longest) | Q(name_en__plainly=longest)
        rows = list(self.filter(like_it).order_by("pk").values_list("slug", "name_fr", "name_en")[:MAX_MEANT])
        same = [slug for slug, *_names in rows if slug.lower() == asked]
        meant = same or [slug for slug, *names in rows if asked in [slugify(name or "") for name in names]]
        return meant[0] if len(meant) == 1 else None

    def visible_in_workspace_to(self, user) -> "CityQuerySet":
        """The cities whose workspace `user` may open: those in which they have any role."""
        return self._where(user)

    def keys_acted_for(self, user) -> list[int]:
        """The keys of these cities, read at once. Most staff have none, and then a list needs no condition; with a
        subquery as its condition, the whole list would be joined and read."""
        return list(self.visible_in_workspace_to(user).order_by().values_list("pk", flat=True))

    def editable_by(self, user) -> "CityQuerySet":
        """The cities for which `user` may record pledges and write practices."""
        return self._where(user, memberships__role__in=EDITING_ROLES)

    def managed_by(self, user) -> "CityQuerySet":
        """The cities to which `user` may invite people: those of a focal point; all for staff with the permission."""
        if user.has_perm("members.add_invitation"):
            return self.all()
        return self._where(user, memberships__role=Role.FOCAL_POINT)

    def _where(self, user, **role) -> "CityQuerySet":
        # In one filter(): two calls would match a membership of the user and one of another person with that role.
        return self.filter(memberships__user=user, **role) if user.is_active and user.pk else self.none()


# The state of a city at the end of the transaction, even if its row is gone.
_AS_RECORDED = """
    SELECT 'city', key, key, city.status <> 'former' AND city.hidden_at IS NULL
    FROM (VALUES (COALESCE(NEW.id, OLD.id))) AS changed (key)
    LEFT JOIN members_city city ON city.id = key
"""


# The most cities that are compared with an address, of those that share a word with it.
MAX_MEANT = 500


class CityUnitType(models.TextChoices):
    CITY = "city", _("City")
    MUNICIPALITY = "municipality", _("Municipality")
    DISTRICT = "district", _("District")
    COUNTY = "county", _("County")
    PROVINCE = "province", _("Province")
    STATE = "state", _("State")


class CityStatus(models.TextChoices):
    MEMBER = "member", _("Member")
    ENGAGED = "engaged", _("Partner city (not a member)")
    APPLICANT = "applicant", pgettext_lazy("a city", "Applicant")
    FORMER = "former", _("Former member")


# What a city confirms, in addition to its focal points.
FACTS = ("name_en", "name_fr", "country", "region", "unit_type", "status", "joined_year", "population")


class City(models.Model):
    """A local government of the network: mostly a city, sometimes a county or a state.

    Both names are always given; where no French or English name exists, the local one is used for both.
    Unknown values (coordinates, population, time zone, year joined) are left blank, never guessed.
    """

    UnitType = CityUnitType
    Status = CityStatus

    slug = models.SlugField(max_length=120, unique=True, editable=False)
    name = Line(_("name"), max_length=100)
    region = models.ForeignKey(Region, models.PROTECT, related_name="cities", verbose_name=_("region"))
    country = CountryField(_("country"))
    unit_type = models.CharField(_("unit type"), max_length=20, choices=CityUnitType, default=CityUnitType.CITY)
    geonames_id = models.PositiveIntegerField(_("GeoNames id"), null=True, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True, validators=[validate_time_zone])
    status = models.CharField(_("status"), max_length=20, choices=CityStatus)
    joined_year = models.PositiveSmallIntegerField(
        _("year joined"), null=True, blank=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    source = Line(_("source"), max_length=500, help_text=_("The page that says so, or words for it."))
    confirmed_at = models.DateTimeField(_("confirmed by the city"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="cities_confirmed", verbose_name=_("confirmed by")
    )
    # Set by a trigger when one of FACTS or a focal point changes in any way after the confirmation.
    facts_changed_at = models.DateTimeField(_("changed since the city confirmed it"), null=True, editable=False)
    needs_sign_off = models.BooleanField(
        _("a focal point releases what editors write"), default=False, db_default=False, editable=False
    )
    # Set only by `members.hiding`; then nothing of the city is public.
    hidden_at = models.DateTimeField(_("hidden"), null=True, editable=False)
    hidden_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="cities_hidden")
    hidden_reason = models.TextField(_("reason"), blank=True, default="", db_default="", editable=False)
    search = searchable(NAMES, A=("name_fr", "name_en"))

    objects = CityQuerySet.as_manager()

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "geonames_id",
                name="city_geonames_once",
                violation_error_message=_("Another city already has this GeoNames id."),
                violation_error_code="geonames_once",
            ),
            models.UniqueConstraint(
                "country",
                Lower("name_en"),
                name="city_name_once_a_country",
                violation_error_message=_("This country already has a city of that name."),
                violation_error_code="name_once",
            ),
            models.CheckConstraint(
                condition=Q(name_en__isnull=False, name_en__gt="", name_fr__isnull=False, name_fr__gt=""),
                name="city_named_in_both_languages",
                violation_error_message=_("A city needs a name in French and in English."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, latitude__range=(-90, 90))
                & Q(longitude__isnull=False, longitude__range=(-180, 180)),
                name="city_on_the_globe",
                violation_error_message=_("Latitude (-90 to 90) and longitude (-180 to 180) go together."),
                violation_error_code="globe",
            ),
            models.CheckConstraint(
                condition=Q(joined_year__isnull=True) | Q(joined_year__range=(2000, 2100)),
                name="city_joined_in_a_plausible_year",
                violation_error_message=_("The year joined lies between 2000 and 2100."),
            ),
            models.CheckConstraint(condition=Q(status__in=CityStatus.values), name="city_status_known"),
            models.CheckConstraint(condition=Q(unit_type__in=CityUnitType.values), name="city_unit_type_known"),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="city_has_a_source",
                violation_error_message=_("Say where this is known from."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="city_confirmed_by_someone",
                violation_error_message=_("A confirmation says by whom and when."),
            ),
            models.CheckConstraint(
                condition=Q(facts_changed_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="city_changed_after_a_confirmation",
                violation_error_message=_("Only what was confirmed can have changed since."),
            ),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=True, hidden_by__isnull=True, hidden_reason="")
                | Q(hidden_at__isnull=False, hidden_by__isnull=False, hidden_reason__gt=""),
                name="city_hidden_with_a_reason",
                violation_error_message=_("A city that is hidden says by whom, when and why."),
            ),
        ]
        indexes = [
            GinIndex(fields=["search"]),
            part_of_words("name_fr", "name_en", "slug", name="city_parts"),  # for searches by a part of a name
        ]
        triggers = [
            RecordsPublicRows(name="records_public_rows", rows=_AS_RECORDED),
            RaisesGeneration(
                only_if="OLD.hidden_at IS NULL OR NEW.hidden_at IS NULL",
                taken_down_if="TG_OP = 'DELETE' OR OLD.hidden_at IS NULL AND NEW.hidden_at IS NOT NULL",
            ),
            pgtrigger.Trigger(
                name="facts_changed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*FACTS),
                func=FACTS_CHANGED,
            ),
        ]

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(City.Status, self.status)

    def __str__(self) -> str:
        return as_heading(self.name)

    def save(self, *args, **kwargs) -> None:
        if not self.slug:
            names = (self.name_en, self.name_fr)
            self.slug = free_slug(City, names, default="city", suffix=self.country.code.lower())
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("city_detail", args=[self.slug])

    @property
    def source_shown(self) -> str:
        """The source; in the active language if it is words."""
        return source_in(get_language() or settings.LANGUAGE_CODE, self.source)

    def confirm(self, *, by: User) -> None:
        """Record that `by` now confirms the facts about the city. The caller has checked that they may."""
        self.confirmed_at, self.confirmed_by, self.facts_changed_at = timezone.now(), by, None
        self.save(update_fields=["confirmed_at", "confirmed_by", "facts_changed_at"])

    @property
    def is_confirmed(self) -> bool:
        """Whether the city has confirmed its facts and none has changed since."""
        return self.confirmed_at is not None and self.facts_changed_at is None

    def text(self, field: str, language: str) -> Text:
        text = text_of(self, field, language)
        return replace(text, value=as_heading(text.value))


def as_heading(name: str) -> str:
    """A name as a heading or a list entry, with a capital letter (“Comté de Kwale”) and a typographic apostrophe
    (“Cox’s Bazar”)."""
    return name[:1].upper() + name[1:].replace("'", "’")
