from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from scn_portal.base.search.plain import part_of_words


class Migration(migrations.Migration):
    atomic = False  # so that nobody who sends waits for the index

    dependencies = [
        ('digests', '0012_raises_generation'),
        ('members', '0018_plain_text'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='subscription', index=part_of_words('email', name='subscription_email_parts')
        ),
        AddIndexConcurrently(
            model_name='delivery',
            index=models.Index(fields=['issue', 'outcome'], name='delivery_by_outcome'),
        ),
    ]
