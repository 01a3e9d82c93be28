"""Concerns about public pages, and the answers to them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scn_portal.base.languages import CODES
from scn_portal.base.mail import QueuedMail
from scn_portal.base.one_line import EmailLine, Line


class ConcernQuerySet(models.QuerySet):
    def open(self) -> "ConcernQuerySet":
        """The concerns that nobody has closed, the longest wait first."""
        return self.filter(closed_at=None).order_by("reported_at", "pk")


class Concern(QueuedMail):
    """What somebody finds wrong with a public page; they need not say who they are. Created and closed only by
    `scn_portal.site.desk.concerns`.

    It is also the mail to the moderators. `page` is the path of the page, and `version` the version of it that was
    read. `network` is no longer written: the limits of `scn_portal.base.strangers` keep floods away.
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
    """What the staff did about a concern. It is mailed if an address was left.

    The address is deleted from the concern once the mail has been sent.
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
