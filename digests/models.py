"""Subscriptions to the newsletter, its news and issues, and what was sent to whom."""

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models import Milestone, Pledge
from members.models import City
from practices.models import Practice
from scn_portal.base import signed_links
from scn_portal.base.languages import CODES, Text, text_of
from scn_portal.base.mail import MAX_ATTEMPTS, QueuedMail, new_message_id
from scn_portal.base.one_line import EmailLine
from scn_portal.base.search.plain import part_of_words
from scn_portal.base.triggers import RaisesGeneration
from scn_portal.base.versions import Versioned, raises_version


class Frequency(models.TextChoices):
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")


class ConsentOrigin(models.TextChoices):
    """Where somebody gave their consent."""

    NEWSLETTER = "newsletter", _("Page of the newsletter")
    FOLLOW = "follow", _("“Follow” on a page")
    ACCOUNT = "account", _("Account")
    PREFERENCES = "preferences", _("Preferences")


class ItemKind(models.TextChoices):
    """What an item of news is about."""

    PRACTICE = "practice", _("Newly recorded practices")
    PLEDGE = "pledge", _("Newly recorded pledges")
    DONE = "done", _("Pledges completed")
    MEMBER = "member", _("New members")
    DEADLINE = "deadline", _("Upcoming deadlines")


class Outcome(models.TextChoices):
    """What became of a delivery."""

    WAITING = "", pgettext_lazy("delivery", "waiting")
    SENT = "sent", pgettext_lazy("delivery", "sent")
    EMPTY = "empty", pgettext_lazy("delivery", "nothing for this reader")
    REFUSED = "refused", pgettext_lazy("delivery", "refused")
    DROPPED = "dropped", pgettext_lazy("delivery", "no longer wanted")


class SubscriptionQuerySet(models.QuerySet):
    def active(self) -> "SubscriptionQuerySet":
        """Those that were confirmed and neither ended nor suspended."""
        return self.filter(confirmed_at__isnull=False, unsubscribed_at=None, suspended_at=None)

    def of_address(self, email: str) -> "SubscriptionQuerySet":
        """That of `email`, whatever its case; found by the index that keeps addresses unique."""
        return self.alias(address=Lower("email")).filter(address=email.lower())

    def from_token(self, token: str, salt: str) -> "Subscription | None":
        """The subscription that `token` was signed for, or None. Such a token never expires."""
        pk = signed_links.read(token, salt=salt)
        return self.filter(pk=pk).first() if pk else None


class Subscription(models.Model):
    """An email address and what it subscribes to. It gets no newsletter before it is confirmed.

    Created and changed only through `digests.subscriptions`, which keeps a Consent for each request.
    """

    UNSUBSCRIBE = "digests.unsubscribe"
    PREFERENCES = "digests.preferences"

    email = EmailLine(_("email address"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency, default=Frequency.WEEKLY)
    # As `digests.topics` writes them, in its order: equal sets are equal values, so that readers can share a mail.
    topics = ArrayField(models.CharField(max_length=500), verbose_name=_("topics"), default=list, blank=True)
    created_at = models.DateTimeField(_("first asked on"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed on"), null=True, editable=False)
    unsubscribed_at = models.DateTimeField(_("unsubscribed on"), null=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended on"), null=True, editable=False)
    refusals = models.PositiveSmallIntegerField(
        _("refusals in a row"), default=0, editable=False, help_text=_("Three suspend the address.")
    )
    # The last Item of the last issue that this reader was sent. Null: no issue since they confirmed.
    last_item_id = models.BigIntegerField(null=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="subscription_email_once",
                violation_error_message=_("This address already has a subscription."),
            ),
            models.CheckConstraint(
                condition=Q(unsubscribed_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="subscription_confirmed_before_it_ends",
                violation_error_message=_("Only a confirmed subscription can be given up."),
            ),
            models.CheckConstraint(
                condition=Q(language__in=CODES),
                name="subscription_language_known",
                violation_error_message=_("The newsletter is written in French and in English."),
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values),
                name="subscription_frequency_known",
                violation_error_message=_("The newsletter does not come that often."),
            ),
        ]
        indexes = [
            part_of_words("email", name="subscription_email_parts"),  # for the search of the admin
            models.Index(
                fields=["frequency", "confirmed_at"],
                condition=Q(confirmed_at__isnull=False, unsubscribed_at=None, suspended_at=None),
                name="subscription_active",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_active(self) -> bool:
        return self.confirmed_at is not None and self.unsubscribed_at is None and self.suspended_at is None

    def get_unsubscribe_path(self) -> str:
        """The signed link, under the active language, that ends the newsletter without a login."""
        return reverse("newsletter_unsubscribe", args=[signed_links.sign(self.pk, salt=self.UNSUBSCRIBE)])

    def get_preferences_path(self) -> str:
        """The signed link, under the active language, to read and change the preferences without a login."""
        return reverse("newsletter_preferences", args=[signed_links.sign(self.pk, salt=self.PREFERENCES)])


class Consent(QueuedMail):
    """One request for the newsletter: what was chosen, on which form, beside which words, and when the link that was
    sent to the address was followed. It is kept as the proof; only that time is ever added.

    Its mail is the answer: the link to confirm, or a note that there is nothing to confirm.
    """

    CONFIRM = "digests.confirm"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="consents")
    form = models.CharField(_("form"), max_length=20, choices=ConsentOrigin)
    statement = models.TextField(_("what was agreed to"), help_text=_("The words beside the button."))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency)
    topics = ArrayField(models.CharField(max_length=500), verbose_name=_("topics"), default=list, blank=True)
    asked_at = models.DateTimeField(_("asked on"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed on"), null=True, editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(statement=""), name="consent_says_what_to"),
            models.CheckConstraint(condition=Q(language__in=CODES), name="consent_language_known"),
            models.CheckConstraint(condition=Q(form__in=ConsentOrigin.values), name="consent_form_known"),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="consent_frequency_known"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} · {self.asked_at:%Y-%m-%d %H:%M}"

    def get_confirm_path(self) -> str:
        """The signed link, under the active language, that proves the request came from this address."""
        return reverse("newsletter_confirm", args=[signed_links.sign(self.pk, salt=self.CONFIRM)])


class Item(models.Model):
    """One piece of news. Its id gives its place in the order of all news.

    Items are created under one lock, by `digests.issues`, so that their ids rise in the order of their commits. What a
    reader has been sent is then one number, and no clock can repeat an item or skip it.
    """

    kind = models.CharField(max_length=20, choices=ItemKind)
    practice = models.ForeignKey(Practice, models.CASCADE, null=True, related_name="+")
    pledge = models.ForeignKey(Pledge, models.CASCADE, null=True, related_name="+")
    milestone = models.ForeignKey(Milestone, models.CASCADE, null=True, related_name="+")
    city = models.ForeignKey(City, models.CASCADE, null=True, related_name="+")
    happened_at = models.DateTimeField()
    left_out_at = models.DateTimeField(null=True, editable=False)  # by staff: in no issue, nor in one already sent
    left_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    # The foreign key that each kind uses.
    SUBJECTS = {
        ItemKind.PRACTICE: "practice",
        ItemKind.PLEDGE: "pledge",
        ItemKind.DONE: "pledge",
        ItemKind.MEMBER: "city",
        ItemKind.DEADLINE: "milestone",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ItemKind.PRACTICE, practice__isnull=False, pledge=None, milestone=None, city=None)
                | Q(
                    kind__in=[ItemKind.PLEDGE, ItemKind.DONE],
                    pledge__isnull=False,
                    practice=None,
                    milestone=None,
                    city=None,
                )
                | Q(kind=ItemKind.MEMBER, city__isnull=False, practice=None, pledge=None, milestone=None)
                | Q(kind=ItemKind.DEADLINE, milestone__isnull=False, practice=None, pledge=None, city=None),
                name="item_is_about_what_its_kind_says",
            ),
            *(
                models.UniqueConstraint(fields=["kind", name], name=f"item_once_a_{name}")
                for name in ("practice", "pledge", "milestone", "city")
            ),
            models.CheckConstraint(
                condition=Q(left_out_at__isnull=True, left_out_by__isnull=True)
                | Q(left_out_at__isnull=False, left_out_by__isnull=False),
                name="item_left_out_by_someone",
                violation_error_message=_("What is left out says by whom and when."),
            ),
        ]
        # Issues that went out are public, without what staff have left out since.
        triggers = [
            RaisesGeneration(
                taken_down_if="TG_OP = 'DELETE' OR OLD.left_out_at IS NULL AND NEW.left_out_at IS NOT NULL"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {getattr(self, f'{self.SUBJECTS[ItemKind(self.kind)]}_id')}"


@pghistory.track(exclude=["version"])
class NextIssue(Versioned):
    """How staff prepare the next issue of a frequency: its introduction, and whether it is paused.

    Changed only through `digests.issues`.
    """

    frequency = models.CharField(max_length=20, choices=Frequency, unique=True)
    introduction_fr = models.TextField(_("introduction in French"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)
    paused_at = models.DateTimeField(_("paused on"), null=True, editable=False)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        permissions = [("run_newsletter", "Can prepare, pause and send the newsletter")]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_by=None) | Q(paused_at__isnull=False, paused_by__isnull=False),
                name="next_issue_paused_by_someone",
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="next_issue_frequency_known"),
        ]
        triggers = [raises_version()]

    def __str__(self) -> str:
        return self.get_frequency_display()

    @classmethod
    def of(cls, frequency: str) -> "NextIssue":
        return cls.objects.select_related("paused_by").get_or_create(frequency=frequency)[0]


class Issue(models.Model):
    """One issue of the newsletter, on what became public from `starts_at` up to, and not including, `ends_at`.

    A period starts where the last one ended. The issue contains the Items after `items_from`, up to and including
    `items_until`: news that was committed late has a later id and is in the next issue.
    """

    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    items_from = models.BigIntegerField(editable=False)
    items_until = models.BigIntegerField(editable=False)
    introduction_fr = models.TextField(_("introduction in French"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)
    created_at = models.DateTimeField(_("composed on"), default=timezone.now)

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ["-ends_at"]
        get_latest_by = "ends_at"
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")),
                name="issue_ends_after_it_starts",
                violation_error_message=_("A period ends after it starts."),
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="issue_frequency_known"),
            models.CheckConstraint(condition=Q(items_from__lt=F("items_until")), name="issue_tells_something"),
            ExclusionConstraint(
                name="issue_periods_apart",
                expressions=[
                    ("frequency", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="TSTZRANGE", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Another issue covers part of this period."),
            ),
        ]
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return f"{self.get_frequency_display()} · {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("newsletter_issue", args=[self.pk])

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class Postponement(models.Model):
    """Staff have put an item off from the next issue of a frequency to the one after it, through `digests.issues`.

    `until` is the end of the period whose issue leaves it out, `skipped` the issue that did, `carried` the next one,
    which has it. Without an issue for that period, the next one covers it.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="postponements")
    frequency = models.CharField(max_length=20, choices=Frequency)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    skipped = models.ForeignKey(Issue, models.CASCADE, null=True, related_name="skipped")
    carried = models.ForeignKey(Issue, models.CASCADE, null=True, related_name="carried")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["item", "frequency"],
                name="postponement_once_a_frequency",
                violation_error_message=_("This has already been put off once."),
            ),
            models.CheckConstraint(
                condition=Q(carried__isnull=True) | Q(skipped__isnull=False) & ~Q(carried=F("skipped")),
                name="postponement_skipped_before_it_is_carried",
                violation_error_message=_("An issue carries what an earlier one has left out."),
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="postponement_frequency_known"),
        ]
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return f"{self.item_id} · {self.frequency}"


class DeliveryQuerySet(models.QuerySet):
    def waiting(self) -> "DeliveryQuerySet":
        """Those without an outcome."""
        return self.filter(outcome=Outcome.WAITING)

    def due(self, now) -> "DeliveryQuerySet":
        """Those to send at `now`, the longest waiting first. A reader gets one issue after the other."""
        earlier = Delivery.objects.waiting().filter(subscription=OuterRef("subscription"), pk__lt=OuterRef("pk"))
        return self.waiting().filter(~Exists(earlier), mail_after__lte=now).order_by("mail_after", "pk")


class Delivery(models.Model):
    """An issue is sent to a subscriber once. Should the mail ever leave twice, both have the same Message-ID.

    A sender claims it first: `mail_after` moves to the end of the claim, so that no other sender takes it before then,
    and another does after, should the first have died.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="deliveries", verbose_name=_("issue"))
    # An address that is erased takes the record of its mails with it.
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=255, unique=True, default=new_message_id, editable=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.WAITING, blank=True)
    mailed_at = models.DateTimeField(null=True, editable=False)
    mail_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_after = models.DateTimeField(default=timezone.now, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "subscription"],
                name="delivery_once",
                violation_error_message=_("This subscriber already has this issue."),
            ),
            models.CheckConstraint(condition=~Q(message_id=""), name="delivery_has_a_message_id"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.SENT, mailed_at__isnull=False)
                | Q(outcome__in=[value for value in Outcome.values if value != Outcome.SENT], mailed_at=None),
                name="delivery_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(mail_attempts__lt=MAX_ATTEMPTS) | ~Q(outcome=Outcome.WAITING),
                name="delivery_given_up_is_settled",
            ),
        ]
        indexes = [
            models.Index(fields=["mail_after", "id"], condition=Q(outcome=Outcome.WAITING), name="delivery_due"),
            models.Index(fields=["issue", "outcome"], name="delivery_by_outcome"),  # what became of an issue
            models.Index(
                fields=["subscription", "id"], condition=Q(outcome=Outcome.WAITING), name="delivery_of_a_reader"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} · {self.subscription_id}"


class Tally(models.Model):
    """A number that a worker has counted, so that no page does: `digests.tallies`."""

    key = models.CharField(max_length=60, primary_key=True)
    number = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key}: {self.number}"
