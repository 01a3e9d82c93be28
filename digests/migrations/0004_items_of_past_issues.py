"""What issues told so far becomes items; what readers asked for becomes consents; deliveries say how they ended."""

from django.db import migrations
from django.db.models import F, Max, OuterRef, Subquery

NOT_KEPT = "Asked for on the page of the newsletter, before its words were kept."


def keep_what_was(apps, schema_editor):
    Issue, Item = apps.get_model("digests", "Issue"), apps.get_model("digests", "Item")
    Subscription, Consent = apps.get_model("digests", "Subscription"), apps.get_model("digests", "Consent")
    Delivery = apps.get_model("digests", "Delivery")
    until = 0
    for issue in Issue.objects.order_by("ends_at"):
        for practice in issue.practices.order_by("pk"):
            until = Item.objects.create(kind="practice", practice=practice, happened_at=issue.created_at).pk
        for pledge in issue.pledges.order_by("pk"):
            until = Item.objects.create(kind="pledge", pledge=pledge, happened_at=pledge.created_at).pk
        previous = Issue.objects.filter(ends_at__lt=issue.ends_at).aggregate(until=Max("items_until"))["until"] or 0
        Issue.objects.filter(pk=issue.pk).update(items_from=previous, items_until=max(until, previous + 1))
    for each in Subscription.objects.iterator():
        Consent.objects.create(
            subscription=each, form="newsletter", statement=NOT_KEPT, language=each.asked_language,
            frequency=each.frequency, asked_at=each.asked_at, confirmed_at=each.confirmed_at,
            mailed_at=each.mailed_at, mail_attempts=each.mail_attempts, mail_after=each.mail_after,
        )  # fmt: skip
    Delivery.objects.filter(mailed_at__isnull=False).update(outcome="sent")
    Delivery.objects.filter(outcome="", subscription__unsubscribed_at__isnull=False).update(outcome="dropped")
    Delivery.objects.filter(outcome="", subscription__confirmed_at__gt=F("issue__ends_at")).update(outcome="dropped")
    Delivery.objects.filter(outcome="", mail_attempts__gte=10).update(outcome="refused")
    sent = Delivery.objects.filter(subscription=OuterRef("pk"), outcome="sent").order_by("-issue__items_until")
    Subscription.objects.update(told_until=Subquery(sent.values("issue__items_until")[:1]))


class Migration(migrations.Migration):
    dependencies = [("digests", "0003_several_frequencies")]

    operations = [migrations.RunPython(keep_what_was, migrations.RunPython.noop)]
