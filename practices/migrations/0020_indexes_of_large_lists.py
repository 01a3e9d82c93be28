import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [
        ('practices', '0019_related_practices'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(models.F('published_at'), models.F('id'), condition=models.Q(('status', 'published')), name='revision_live_newest'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(condition=models.Q(('status', 'published')), fields=['evaluation'], name='revision_live_evaluation'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('status', 'published')), fields=['themes'], name='revision_live_themes'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('status', 'published')), fields=['target_groups'], name='revision_live_groups'),
        ),
    ]
