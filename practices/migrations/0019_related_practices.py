import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
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
        pgtrigger.migrations.AddTrigger(
            model_name='relatedpractices',
            trigger=pgtrigger.compiler.Trigger(name='raises_generation', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='\n            IF OLD.others IS DISTINCT FROM NEW.others THEN\n                PERFORM scn_raise_generation(COALESCE(FALSE, FALSE));\n            END IF;\n            RETURN NULL;\n        ', hash='c1f3842413018636bd4173e7af2730acbf4c454f', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_raises_generation_9a7fe', table='practices_relatedpractices', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
