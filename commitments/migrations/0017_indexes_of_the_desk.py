import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import scn_portal.base.search.plain


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [
        ('commitments', '0016_raises_generation'),
        ('members', '0018_plain_text'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='pledge',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['-published_at', '-id'], name='pledge_published'),
        ),
        AddIndexConcurrently(
            model_name='pledge',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('title_fr'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('title_en'), name='gin_trgm_ops'), name='pledge_title_parts'),
        ),
        AddIndexConcurrently(
            model_name='progressupdate',
            index=models.Index(fields=['-reported_on', '-id'], name='update_reported'),
        ),
        AddIndexConcurrently(
            model_name='progressupdate',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('what_changed_fr', 'reason_fr', 'obstacles_fr', config='scn_french'), name='update_said_fr'),
        ),
        AddIndexConcurrently(
            model_name='progressupdate',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('what_changed_en', 'reason_en', 'obstacles_en', config='scn_english'), name='update_said_en'),
        ),
    ]
