from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [
        ('practices', '0020_indexes_of_large_lists'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(models.F('published_at'), models.F('id'), condition=models.Q(('status__in', ['published', 'superseded'])), name='revision_published_newest'),
        ),
    ]
