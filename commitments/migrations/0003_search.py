import django.contrib.postgres.indexes
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0002_initial'),
        ('members', '0003_city_search_and_confirmation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='pledge',
            name='update_update',
        ),
        migrations.AddField(
            model_name='commitment',
            name='search_en',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_en', config='scn_english', weight='A'), '||', django.contrib.postgres.search.SearchVector('short_en', config='scn_english', weight='A'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('wording_en', config='scn_english', weight='B'), django.contrib.postgres.search.SearchConfig('scn_english')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddField(
            model_name='commitment',
            name='search_fr',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_fr', config='scn_french', weight='A'), '||', django.contrib.postgres.search.SearchVector('short_fr', config='scn_french', weight='A'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('wording_fr', config='scn_french', weight='B'), django.contrib.postgres.search.SearchConfig('scn_french')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddField(
            model_name='pledge',
            name='search_en',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_en', config='scn_english', weight='A'), '||', django.contrib.postgres.search.SearchVector('description_en', config='scn_english', weight='B'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('lead_department', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddField(
            model_name='pledge',
            name='search_fr',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_fr', config='scn_french', weight='A'), '||', django.contrib.postgres.search.SearchVector('description_fr', config='scn_french', weight='B'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('lead_department', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_fr'], name='commitments_search__da4cc2_gin'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_en'], name='commitments_search__2bc517_gin'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pledge',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."announced_on" IS DISTINCT FROM (NEW."announced_on") OR OLD."city_id" IS DISTINCT FROM (NEW."city_id") OR OLD."commitment_id" IS DISTINCT FROM (NEW."commitment_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."description_en" IS DISTINCT FROM (NEW."description_en") OR OLD."description_fr" IS DISTINCT FROM (NEW."description_fr") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lead_department" IS DISTINCT FROM (NEW."lead_department") OR OLD."source_changed_at" IS DISTINCT FROM (NEW."source_changed_at") OR OLD."source_language" IS DISTINCT FROM (NEW."source_language") OR OLD."sources" IS DISTINCT FROM (NEW."sources") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."title_en" IS DISTINCT FROM (NEW."title_en") OR OLD."title_fr" IS DISTINCT FROM (NEW."title_fr") OR OLD."translation_changed_at" IS DISTINCT FROM (NEW."translation_changed_at") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at"))', func='INSERT INTO "commitments_pledgeevent" ("announced_on", "city_id", "commitment_id", "created_at", "created_by_id", "description", "description_en", "description_fr", "due_on", "id", "lead_department", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_changed_at", "source_language", "sources", "starts_on", "status", "title", "title_en", "title_fr", "translation_changed_at", "updated_at") VALUES (NEW."announced_on", NEW."city_id", NEW."commitment_id", NEW."created_at", NEW."created_by_id", NEW."description", NEW."description_en", NEW."description_fr", NEW."due_on", NEW."id", NEW."lead_department", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source_changed_at", NEW."source_language", NEW."sources", NEW."starts_on", NEW."status", NEW."title", NEW."title_en", NEW."title_fr", NEW."translation_changed_at", NEW."updated_at"); RETURN NULL;', hash='eb9273e03216be85cf64995b273efa80baeddf9e', operation='UPDATE', pgid='pgtrigger_update_update_d30b4', table='commitments_pledge', when='AFTER')),
        ),
    ]
