from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [("commitments", "0018_newest_first")]

    operations = [
        AddIndexConcurrently(
            model_name="pledge",
            index=models.Index(
                models.F("due_on").desc(),
                "id",
                name="pledge_due_last",
                condition=models.Q(published_at__isnull=False, taken_down_at__isnull=True),
            ),
        ),
        AddIndexConcurrently(
            model_name="milestone",
            index=models.Index(
                models.F("due_on").desc(),
                "id",
                name="milestone_due_last",
                condition=models.Q(taken_down_at__isnull=True),
            ),
        ),
    ]
