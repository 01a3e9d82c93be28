from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("base", "0005_made_files")]

    operations = [
        AddIndexConcurrently(
            model_name="publicrecord", index=models.Index(fields=["kind", "id"], name="public_record_in_order")
        ),
    ]
