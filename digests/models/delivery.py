"""The delivery of each issue to each subscriber, and the kept numbers of deliveries and readers."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from digests.models.issue import Issue
from digests.models.subscription import Subscription
from scn_portal.base.mail import MAX_ATTEMPTS, new_message_id


class Outcome(models.TextChoices):
    """The outcome of a delivery."""

    WAITING = "", pgettext_lazy("delivery", "waiting")
    SENT = "sent", pgettext_lazy("delivery", "sent")
    EMPTY = "empty", pgettext_lazy("delivery", "nothing for this reader")
    REFUSED = "refused", pgettext_lazy("delivery", "refused")
    DROPPED = "dropped", pgettext_lazy("delivery", "no longer wanted")


class DeliveryQuerySet(models.QuerySet):
    def waiting(self) -> "DeliveryQuerySet":
        """The deliveries without an outcome."""
        return self.filter(outcome=Outcome.WAITING)

    def due(self, now) -> "DeliveryQuerySet":
        """The deliveries to send at `now`, those that have waited longest first. A reader gets one issue after the
        other."""
        earlier = Delivery.objects.waiting().filter(subscription=OuterRef("subscription"), pk__lt=OuterRef("pk"))
        return self.waiting().filter(~Exists(earlier), mail_after__lte=now).order_by("mail_after", "pk")


class Delivery(models.Model):
    """An issue for one subscriber, sent once. If the mail is ever sent twice, both copies have the same Message-ID.

    A sender claims it first: `mail_after` moves to the end of the claim. Until then no other sender takes it; after
    that another one does, in case the first has died.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="deliveries", verbose_name=_("issue"))
    # When an address is erased, the record of its mails is deleted with it.
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
            models.Index(fields=["issue", "outcome"], name="delivery_by_outcome"),  # for the numbers of an issue
            models.Index(
                fields=["subscription", "id"], condition=Q(outcome=Outcome.WAITING), name="delivery_of_a_reader"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} · {self.subscription_id}"


class Tally(models.Model):
    """A number counted by a worker, so that no page has to count: `digests.tallies`."""

    key = models.CharField(max_length=60, primary_key=True)
    number = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key}: {self.number}"
