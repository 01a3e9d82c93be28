"""The rows of the site itself: pages of text for the search, and what the staff do about things of several apps."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Declaration, Pledge, ProgressUpdate
from members.models import City, Region, User
from scn_portal.base.languages import CODES, Text, text_of
from scn_portal.base.mail import MAX_ATTEMPTS, QueuedMail
from scn_portal.base.models import PublicKind, PublicRecord
from scn_portal.base.one_line import EmailLine, Line
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable
from scn_portal.base.triggers import RaisesGeneration
from scn_portal.site.triggers import (
    OF_A_PLEDGE,
    OF_AN_UPDATE,
    bumps_all_cities,
    bumps_its_cities,
    counts_all_cities,
    counts_for_a_former_member,
    keeps_city_record,
)


class TextPage(models.Model):
    """The words of a page of the portal, under the name of its URL. A copy, for the search alone, of what the code and
    the settings say: only `scn_portal.site.search.text_pages` writes it.

    Readers find a page by `keywords` that it does not show.
    """

    name = models.CharField(max_length=40, unique=True)
    title_en = models.CharField(max_length=200)
    title_fr = models.CharField(max_length=200)
    keywords_en = models.TextField()
    keywords_fr = models.TextField()
    text_en = models.TextField()
    text_fr = models.TextField()
    search_fr = searchable(CONFIGURATIONS["fr"], A=("title_fr",), B=("keywords_fr",), D=("text_fr",))
    search_en = searchable(CONFIGURATIONS["en"], A=("title_en",), B=("keywords_en",), D=("text_en",))

    class Meta:
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse(self.name)

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class TakedownKind(models.TextChoices):
    """What the staff may take down; `scn_portal.site.desk.takedown` has a row for each."""

    PRACTICE = "practice", _("Practice")
    DOCUMENT = "document", _("Document")
    PICTURE = "picture", _("Lead picture")
    PLEDGE = "pledge", _("Pledge")
    MILESTONE = "milestone", _("Milestone")
    UPDATE = "update", _("Progress update")
    CITY = "city", _("City")


class Takedown(QueuedMail):
    """That the staff took something down, why, and what the public reads in its place. Written only by
    `scn_portal.site.desk.takedown`.

    It is also the mail to the people of the city: first about the taking down, then about the showing again. `key` is
    the primary key of the row; for a lead picture, that of its revision.
    """

    kind = models.CharField(max_length=10, choices=TakedownKind)
    key = models.BigIntegerField()
    city = models.ForeignKey(City, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    sentence_fr = Line(_("public sentence in French"), max_length=300, blank=True)
    sentence_en = Line(_("public sentence in English"), max_length=300, blank=True)
    restored_at = models.DateTimeField(null=True, editable=False)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "key", "-at"], name="takedown_of_a_row")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TakedownKind.values),
                name="takedown_kind_known",
                violation_error_message=_("This is nothing that can be taken down."),
            ),
            models.CheckConstraint(
                condition=Q(reason__gt=""),
                name="takedown_says_why",
                violation_error_message=_("Give a reason: the city reads it."),
            ),
            models.CheckConstraint(
                condition=Q(restored_at__isnull=True, restored_by__isnull=True)
                | Q(restored_at__isnull=False, restored_by__isnull=False),
                name="takedown_restored_by_someone",
                violation_error_message=_("What is shown again says by whom and when."),
            ),
        ]
        triggers = [
            RaisesGeneration(
                only_if="""
                    (OLD.sentence_fr, OLD.sentence_en, OLD.restored_at)
                        IS DISTINCT FROM (NEW.sentence_fr, NEW.sentence_en, NEW.restored_at)
                """,
                taken_down_if="TG_OP = 'INSERT'",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class ConcernQuerySet(models.QuerySet):
    def open(self) -> "ConcernQuerySet":
        """Those that nobody has closed, the longest waiting first."""
        return self.filter(closed_at=None).order_by("reported_at", "pk")


class Concern(QueuedMail):
    """What somebody, whom we need not know, finds wrong with a public page. Made and closed only by
    `scn_portal.site.desk.concerns`.

    It is also the mail to the moderators. `page` is the path that they were on and `version` which version of it they
    read. `network` is no longer written: the limits of `scn_portal.base.strangers` hold off floods.
    """

    page = Line(_("page"), max_length=500)
    version = Line(_("version"), max_length=60, blank=True)
    words = models.TextField(_("your concern"))
    email = EmailLine(_("email address"), blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    network = models.CharField(max_length=64, blank=True)
    reported_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["reported_at"], name="concern_reported")]
        constraints = [
            models.CheckConstraint(
                condition=Q(words__gt="") & Q(page__startswith="/"),
                name="concern_says_what_about_which_page",
                violation_error_message=_("A concern has words, and the page that it is about."),
            ),
            models.CheckConstraint(condition=Q(language__in=CODES), name="concern_language_known"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="concern_closed_by_someone",
                violation_error_message=_("What is closed says by whom and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page} · {self.reported_at:%Y-%m-%d %H:%M}"


class ConcernAnswer(QueuedMail):
    """What the staff did about a concern, as it is kept and, where an address was left, mailed.

    The address is deleted from the concern once the mail has left.
    """

    concern = models.OneToOneField(Concern, models.CASCADE, related_name="answer")
    words = models.TextField(_("what became of it"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(words__gt=""),
                name="concern_answer_says_something",
                violation_error_message=_("Say what became of it."),
            )
        ]

    def __str__(self) -> str:
        return str(self.concern)

    def clear_payload(self) -> list[str]:
        Concern.objects.filter(pk=self.concern_id).update(email="")
        return []


class PatrolSeat(models.Model):
    """Up to which public record (`PublicRecord`) a moderator has looked at everything, and of when that record is."""

    moderator = models.OneToOneField(User, models.CASCADE, related_name="patrol_seat")
    up_to = models.BigIntegerField()
    up_to_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.moderator} · {self.up_to}"


class PatrolTick(models.Model):
    """A record after that, which the moderator has ticked off by itself. Of each row, the last one."""

    moderator = models.ForeignKey(User, models.CASCADE, related_name="patrol_ticks")
    kind = models.CharField(max_length=10, choices=PublicKind)
    key = models.BigIntegerField()
    record = models.BigIntegerField()
    record_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["moderator", "kind", "key"],
                name="patrol_tick_once_a_row",
                violation_error_message=_("This is ticked off already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ErasureQuerySet(models.QuerySet):
    def waiting(self) -> "ErasureQuerySet":
        """Those that staff have not decided, the longest waiting first."""
        return self.filter(decided_at=None).order_by("asked_at", "pk")


class Erasure(models.Model):
    """That a person asks to be erased, who decided it, and when it was done. Written only by
    `scn_portal.site.privacy.erasing`; `done_at` by the function of the database, which erases nobody without a row.

    Whoever acts for no city and is not of the staff decides for themselves.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="erasures")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="erasures_decided")
    is_approved = models.BooleanField(null=True, editable=False)
    # Why it is refused: the person reads it.
    reason = models.TextField(blank=True, default="")
    done_at = models.DateTimeField(null=True, editable=False)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, is_approved__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_approved__isnull=False),
                name="erasure_decided_by_someone",
                violation_error_message=_("A decision says by whom and when."),
            ),
            models.CheckConstraint(
                condition=Q(is_approved__isnull=True) | Q(is_approved=True) | Q(is_approved=False, reason__gt=""),
                name="erasure_refused_with_a_reason",
                violation_error_message=_("Write why: the person reads it."),
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(is_approved__isnull=False, is_approved=True),
                name="erasure_done_once_approved",
                violation_error_message=_("Only what was approved can be erased."),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(is_approved__isnull=True) | Q(is_approved=True),
                name="erasure_once_a_person",
                violation_error_message=_("This is asked for already."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__decided_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.asked_at:%Y-%m-%d %H:%M}"


class ErasureMailKind(models.TextChoices):
    """What a mail about an erasure says; its template is `mail/erasure_<kind>.txt`."""

    ASKED = "asked"
    TO_DECIDE = "to_decide"
    DONE = "done"
    REFUSED = "refused"


class ErasureMail(QueuedMail):
    """A mail about an erasure, with the address that it goes to, which is deleted once it has left or is given up: the
    last one leaves when the person has no address here any more. Without an address it goes to the staff who decide."""

    Kind = ErasureMailKind

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=10, choices=ErasureMailKind)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(email="") | Q(mailed_at=None, mail_attempts__lt=MAX_ATTEMPTS),
                name="erasure_mail_keeps_no_address",
            ),
            models.CheckConstraint(condition=Q(language__in=CODES), name="erasure_mail_language_known"),
            models.CheckConstraint(condition=Q(kind__in=ErasureMailKind.values), name="erasure_mail_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.erasure_id}"

    def clear_payload(self) -> list[str]:
        self.email = ""
        return ["email"]


class CityRecord(models.Model):
    """What is recorded of a city in public, in brief: what lists, the matrix and maps show of it.

    Written only by the function `scn_keep_city_records` of the database, at the end of each transaction that changes
    what is public of the city; `manage.py kept cities` makes all anew. A city that was never public has none.
    """

    city = models.OneToOneField(
        City, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="record", editable=False
    )
    # Rises with every public change of the city and of what belongs to it, and of what every page of a city shows: the
    # names of its region and of the commitments.
    version = models.BigIntegerField()
    # Rises with what a city is found and counted by: a change of its row, of the commitments that it has pledged under,
    # of whether it has a record, a mark in the matrix, practices; of the name of its region or of a commitment.
    facts_version = models.BigIntegerField(db_index=True)
    # Where it stands on the web's map of the world, of 65,536 units across and down: for tiles of it.
    map_x = models.IntegerField(null=True)
    map_y = models.IntegerField(null=True)
    name_key_en = models.TextField()  # to order by, as `alphabetical` does
    name_key_fr = models.TextField()
    active_at = models.DateTimeField(null=True)  # of the last change of a pledge, an update or a practice
    active_on = models.DateField(null=True)  # its day
    record_count = models.IntegerField()  # the sum of the next three
    pledge_count = models.IntegerField()
    prior_count = models.IntegerField()  # actions older than the Declaration
    practice_count = models.IntegerField()
    has_mark = models.BooleanField()  # in the matrix: a pledge, or a practice that serves a commitment
    pledged_under = ArrayField(models.SmallIntegerField())  # the numbers of the commitments
    # Of the seven commitments, in their order: the numbers of pledges and of practices.
    pledges_by_number = ArrayField(models.IntegerField())
    practices_by_number = ArrayField(models.IntegerField())
    # The same in more detail: by number, [statuses of the first pledges, key of the first, pledges, practices].
    standings = models.JSONField()
    # The pledges by status, in the order of the statuses; of a city not counted since there is this column, empty.
    pledges_by_status = ArrayField(models.IntegerField(), db_default=[], default=list)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                models.F("active_on").desc(nulls_last=True),
                models.F("record_count").desc(nulls_last=True),
                name="city_record_by_activity",
            ),
            models.Index(fields=["map_x", "map_y"], name="city_record_by_place"),
            models.Index(fields=["name_key_en"], name="city_record_by_name_en"),
            models.Index(fields=["name_key_fr"], name="city_record_by_name_fr"),
        ]
        triggers = [RaisesGeneration()]  # what a repair changes is on pages too

    def __str__(self) -> str:
        return f"{self.city_id}, version {self.version}"


class RecordOfACity(PublicRecord):
    """A public record, to put the trigger on that keeps the record of its city."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [keeps_city_record()]


class PledgeOfAFormerMember(Pledge):
    """A pledge, to put the trigger on that counts it where no public record does."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [counts_for_a_former_member(OF_A_PLEDGE)]


class UpdateOfAFormerMember(ProgressUpdate):
    """A progress update, likewise."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [counts_for_a_former_member(OF_AN_UPDATE)]


class RegionOfCities(Region):
    """A region, whose name stands on every page of its cities."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [bumps_its_cities()]


class CommitmentOfCities(Commitment):
    """A commitment, whose name stands on every page of a city."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [bumps_all_cities()]


class DeclarationOfCities(Declaration):
    """A declaration: its day tells pledges from actions that are older."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [counts_all_cities()]
