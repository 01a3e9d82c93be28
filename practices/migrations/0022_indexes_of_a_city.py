from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [
        ('practices', '0021_publications_newest_first'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='practice',
            index=models.Index(fields=['city', 'id'], name='practice_of_city'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(condition=models.Q(('status', 'draft')), fields=['practice', 'id'], name='revision_drafts'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(condition=models.Q(('status', 'scheduled')), fields=['publish_at'], name='revision_scheduled'),
        ),
    ]
