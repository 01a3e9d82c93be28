import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import scn_portal.base.search.plain


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [
        ('members', '0018_plain_text'),
        ('practices', '0017_raises_generation'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='practice',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('slug'), name='gin_trgm_ops'), name='practice_slug_parts'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(condition=models.Q(('status__in', ['submitted', 'sent_back'])), fields=['status', 'practice', 'submitted_at', 'id'], name='revision_waits'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(condition=models.Q(('submitted_at__isnull', False)), fields=['-submitted_at', '-id'], name='revision_submitted'),
        ),
        AddIndexConcurrently(
            model_name='revision',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('title_fr'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('title_en'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('original_name'), name='gin_trgm_ops'), name='revision_title_parts'),
        ),
        AddIndexConcurrently(
            model_name='transition',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(scn_portal.base.search.plain.Plain('reason'), name='gin_trgm_ops'), name='transition_reason_parts'),
        ),
        AddIndexConcurrently(
            model_name='transition',
            index=models.Index(condition=models.Q(('to_status__in', ['published', 'scheduled', 'sent_back', 'rejected', 'archived'])), fields=['-at', '-id'], name='transition_decided'),
        ),
    ]
