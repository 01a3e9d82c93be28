from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index

from scn_portal.base.search.plain import LastWord, part_of_words


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the index

    dependencies = [
        ('members', '0019_names_in_texts'),
    ]

    operations = [
        AddIndexConcurrently(model_name='user', index=Index(LastWord('name'), name='user_last_word')),
        AddIndexConcurrently(model_name='city', index=part_of_words('name_fr', 'name_en', 'slug', name='city_parts')),
    ]
