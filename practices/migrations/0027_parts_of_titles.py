import django.contrib.postgres.indexes
import django.db.models.functions.text
import scn_portal.base.search.plain
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the index

    dependencies = [
        ('practices', '0026_what_waits'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='revision',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain(django.db.models.functions.text.Concat(models.F('title_fr'), models.Value(' '), models.F('title_en'), models.Value(' '), models.F('original_name'), output_field=models.TextField())), name='gin_trgm_ops'), name='revision_titles'),
        ),
        RemoveIndexConcurrently(
            model_name='revision',
            name='revision_title_parts',
        ),
    ]
