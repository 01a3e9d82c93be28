from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("base", "0006_records_in_order")]

    operations = [
        AddIndexConcurrently(
            model_name="publicrecord", index=models.Index(fields=["city_key", "id"], name="public_record_of_city")
        ),
        AddIndexConcurrently(
            model_name="publicrecord",
            index=models.Index(
                fields=["id"], condition=models.Q(removed_at__isnull=False), name="public_record_removed"
            ),
        ),
    ]
