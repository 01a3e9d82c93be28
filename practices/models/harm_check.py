"""The answers of a city, when it submitted a text, about the harm that publishing could do."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from practices.models.transition import Transition


class HarmCheck(models.Model):
    """The answers that came with one submission. Only staff read them, on the desk.

    Each question is answered with yes or no, and a yes with words. `answers` has a row with `found` and `answer` for
    each mail address, number, place or name that the rules found in the text.
    """

    QUESTIONS = ("at_risk", "faces", "quoted")

    submission = models.OneToOneField(Transition, models.PROTECT, related_name="harm_check")
    at_risk = models.BooleanField(_("names a person, a place or a group at risk"))
    at_risk_words = models.TextField(blank=True)
    faces = models.BooleanField(_("pictures or documents show a face"))
    faces_words = models.TextField(blank=True)
    quoted = models.BooleanField(_("somebody is quoted"))
    quoted_words = models.TextField(blank=True)
    answers = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(**{name: False}) | ~Q(**{f"{name}_words": ""}),
                name=f"harm_check_{name}_in_words",
                violation_error_message=_("A yes needs words."),
            )
            for name in ("at_risk", "faces", "quoted")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}"
