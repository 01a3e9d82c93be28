from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the index

    dependencies = [("commitments", "0019_due_last")]

    operations = [
        AddIndexConcurrently(
            model_name="pledge",
            index=models.Index(
                models.F("status"),
                name="pledge_public_status",
                condition=models.Q(published_at__isnull=False, taken_down_at__isnull=True),
            ),
        ),
    ]
