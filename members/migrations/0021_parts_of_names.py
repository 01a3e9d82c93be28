from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

from scn_portal.base.search.plain import part_of_words


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the index

    dependencies = [
        ('members', '0020_cost_of_words'),
    ]

    operations = [
        AddIndexConcurrently(model_name='city', index=part_of_words('name_fr', 'name_en', 'slug', name='city_parts')),
    ]
