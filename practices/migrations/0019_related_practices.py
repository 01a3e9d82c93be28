import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('practices', '0018_indexes_of_the_desk'),
    ]

    operations = [
        migrations.CreateModel(
            name='RelatedPractices',
            fields=[
                ('practice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='kept_related', serialize=False, to='practices.practice')),
                ('revision', models.BigIntegerField()),
                ('others', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
