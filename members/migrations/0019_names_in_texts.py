from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

from scn_portal.base.search.plain import Words, part_of_words


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the index

    dependencies = [
        ('members', '0018_plain_text'),
    ]

    operations = [
        AddIndexConcurrently(model_name='user', index=GinIndex(Words('name'), name='user_words_of_name')),
        AddIndexConcurrently(model_name='user', index=part_of_words('name', 'email', 'function', name='user_parts')),
    ]
