"""The subscriptions to the newsletter, and the consent of each reader."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scn_portal.base import signed_links
from scn_portal.base.languages import CODES
from scn_portal.base.mail import QueuedMail
from scn_portal.base.one_line import EmailLine
from scn_portal.base.search.plain import part_of_words


class Frequency(models.TextChoices):
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")


class ConsentOrigin(models.TextChoices):
    """Where somebody gave their consent."""

    NEWSLETTER = "newsletter", _("Page of the newsletter")
    FOLLOW = "follow", _("“Follow” on a page")
    ACCOUNT = "account", _("Account")
    PREFERENCES = "preferences", _("Preferences")


class SubscriptionQuerySet(models.QuerySet):
    def active(self) -> "SubscriptionQuerySet":
        """The subscriptions that were confirmed and have neither ended nor been suspended."""
        return self.filter(confirmed_at__isnull=False, unsubscribed_at=None, suspended_at=None)

    def of_address(self, email: str) -> "SubscriptionQuerySet":
        """The subscription of `email`, ignoring case; found by the index that keeps addresses unique."""
        return self.alias(address=Lower("email")).filter(address=email.lower())

    def from_token(self, token: str, salt: str) -> "Subscription | None":
        """The subscription for which `token` was signed, or None. Such a token never expires."""
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
    # In the order of `digests.topics`: equal sets of topics are equal values, so that readers can share a mail.
    topics = ArrayField(models.CharField(max_length=500), verbose_name=_("topics"), default=list, blank=True)
    created_at = models.DateTimeField(_("first asked on"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed on"), null=True, editable=False)
    unsubscribed_at = models.DateTimeField(_("unsubscribed on"), null=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended on"), null=True, editable=False)
    refusals = models.PositiveSmallIntegerField(
        _("refusals in a row"), default=0, editable=False, help_text=_("Three suspend the address.")
    )
    # The last Item of the last issue sent to this reader. Null: no issue since they confirmed.
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
    """One request for the newsletter: the choices, the form, the words beside its button, and when somebody followed
    the link that was sent to the address. It is kept as the proof; only that time is ever added.

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
