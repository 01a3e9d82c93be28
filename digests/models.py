"""Who wants news by e-mail, which issues there were, and what was sent to whom."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core import signing
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models import Pledge
from practices.models import Practice
from scn_portal.languages import CODES
from scn_portal.mail import MOST_ATTEMPTS, Mailed, message_id


class Frequency(models.TextChoices):
    """How often a subscriber is written to."""

    WEEKLY = "weekly", _("Every week")


class SubscriptionQuerySet(models.QuerySet):
    """Subscriptions, in the words of what reads them."""

    def active(self) -> "SubscriptionQuerySet":
        """Those that were confirmed and not given up."""
        return self.filter(confirmed_at__isnull=False, unsubscribed_at=None)

    def of_address(self, email: str) -> "SubscriptionQuerySet":
        """The one of `email`, in whatever case it is typed; by the index that keeps addresses unique."""
        return self.alias(address=Lower("email")).filter(address=email.lower())

    def from_unsubscribe_token(self, token: str) -> "Subscription | None":
        """The subscription that `token` was signed for, or None. Such a token never expires."""
        try:
            pk = signing.loads(token, salt=Subscription.UNSUBSCRIBE)
        except signing.BadSignature:
            return None
        return self.filter(pk=pk).first()


class Subscription(Mailed):
    """An address that asked for the newsletter. It gets none before a link sent to it was followed.

    What it owes by mail is the answer to the last request: that link, or word that there is nothing to confirm.
    Made and changed only through `digests.subscriptions`.
    """

    CONFIRM = "digests.confirm"
    UNSUBSCRIBE = "digests.unsubscribe"

    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    asked_language = models.CharField(
        _("language last asked for"),
        max_length=2,
        choices=settings.LANGUAGES,
        editable=False,
        help_text=_("Becomes the language of the newsletter once the link is followed."),
    )
    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency, default=Frequency.WEEKLY)
    created_at = models.DateTimeField(_("first asked on"), default=timezone.now, editable=False)
    asked_at = models.DateTimeField(_("last asked on"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed on"), null=True, editable=False)
    unsubscribed_at = models.DateTimeField(_("unsubscribed on"), null=True, editable=False)

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
                condition=Q(language__in=CODES, asked_language__in=CODES),
                name="subscription_language_known",
                violation_error_message=_("The newsletter is written in French and in English."),
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=["weekly"]),
                name="subscription_frequency_known",
                violation_error_message=_("The newsletter does not come that often."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_active(self) -> bool:
        return self.confirmed_at is not None and self.unsubscribed_at is None

    @property
    def left_since_asking(self) -> bool:
        """Nobody has asked for the newsletter again since this address gave it up."""
        return self.unsubscribed_at is not None and self.asked_at <= self.unsubscribed_at

    def get_confirm_path(self) -> str:
        """The signed link, under the active language, that proves the last request came from this address."""
        token = signing.dumps([self.pk, self.asked_language, self.asked_at.timestamp()], salt=self.CONFIRM)
        return reverse("newsletter_confirm", args=[token])

    def get_unsubscribe_path(self) -> str:
        """The signed link, under the active language, that ends the newsletter without a login."""
        return reverse("newsletter_unsubscribe", args=[signing.dumps(self.pk, salt=self.UNSUBSCRIBE)])


class Issue(models.Model):
    """One number of the newsletter: what became public from `starts_at` up to, and not including, `ends_at`.

    A period starts where the one before ended, so nothing falls between two. What an issue tells of is kept with it:
    something stamped before the end and committed after it is then known to be untold, and the next issue tells it.
    """

    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    created_at = models.DateTimeField(_("composed on"), default=timezone.now)
    practices = models.ManyToManyField(Practice, related_name="issues", verbose_name=_("practices"))
    pledges = models.ManyToManyField(Pledge, related_name="issues", verbose_name=_("pledges"))

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
            models.CheckConstraint(condition=Q(frequency__in=["weekly"]), name="issue_frequency_known"),
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

    def __str__(self) -> str:
        return f"{self.get_frequency_display()} · {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"


class DeliveryQuerySet(models.QuerySet):
    def wanted(self) -> "DeliveryQuerySet":
        """Those whose reader still wants them: confirmed before the period ended, and not given up since.

        Somebody who left and came back is not sent what waited for them before.
        """
        confirmed = Q(subscription__confirmed_at__lte=F("issue__ends_at"))
        return self.filter(confirmed, subscription__unsubscribed_at=None)

    def waiting(self) -> "DeliveryQuerySet":
        """Those that are wanted, were not sent, and have not been given up on."""
        return self.wanted().filter(mailed_at=None, mail_attempts__lt=MOST_ATTEMPTS)


class Delivery(Mailed):
    """An issue goes to a subscriber, once. Should the mail ever leave twice, both bear the same Message-ID."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="deliveries", verbose_name=_("issue"))
    # An address that is erased takes the record of its mails with it.
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=255, unique=True, default=message_id, editable=False)

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
        ]
        indexes = [models.Index(fields=["mail_after", "id"], condition=Q(mailed_at=None), name="delivery_waiting")]

    def __str__(self) -> str:
        return f"{self.issue_id} · {self.subscription_id}"
