"""How long the portal remembers unsaved words, open forms, and forms that were sent."""

import datetime as dt

from django.utils import timezone

from members.models import OpenForm, Scratch, SentForm

# An official may come back to a text once a year.
KEEP_SCRATCH = dt.timedelta(days=400)
# After this time, nobody sends the same page again.
KEEP_SENT_FORMS = dt.timedelta(days=30)
KEEP_OPEN_FORMS = dt.timedelta(days=1)


def forget_old() -> None:
    """Delete the rows that are older than that."""
    now = timezone.now()
    Scratch.objects.filter(saved_at__lt=now - KEEP_SCRATCH).delete()
    SentForm.objects.filter(sent_at__lt=now - KEEP_SENT_FORMS).delete()
    OpenForm.objects.filter(seen_at__lt=now - KEEP_OPEN_FORMS).delete()
