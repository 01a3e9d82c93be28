"""How long it is remembered what people typed and did not save, which forms they opened, and what was sent twice."""

import datetime as dt

from django.utils import timezone

from members.models import OpenForm, Scratch, SentForm

# An official may come back to a text once a year.
KEEP_SCRATCH = dt.timedelta(days=400)
# Nobody sends the same page again after so long.
KEEP_SENT_FORMS = dt.timedelta(days=30)
KEEP_OPEN_FORMS = dt.timedelta(days=1)


def forget_old() -> None:
    """Delete what is older than that."""
    now = timezone.now()
    Scratch.objects.filter(saved_at__lt=now - KEEP_SCRATCH).delete()
    SentForm.objects.filter(sent_at__lt=now - KEEP_SENT_FORMS).delete()
    OpenForm.objects.filter(seen_at__lt=now - KEEP_OPEN_FORMS).delete()
