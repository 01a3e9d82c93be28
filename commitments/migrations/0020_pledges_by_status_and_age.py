from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

PUBLIC = models.Q(published_at__isnull=False, taken_down_at__isnull=True)


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [("commitments", "0019_due_last")]

    operations = [
        AddIndexConcurrently(
            model_name="pledge",
            index=models.Index(fields=["status", "-published_at", "-id"], name="pledge_by_status", condition=PUBLIC),
        ),
        AddIndexConcurrently(
            model_name="pledge",
            index=models.Index(fields=["commitment", "announced_on"], name="pledge_by_age", condition=PUBLIC),
        ),
    ]
