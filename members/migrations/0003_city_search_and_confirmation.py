import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_text_search_configurations'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='city',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='city',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='city',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='city',
            name='confirmed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='confirmed by the city'),
        ),
        migrations.AddField(
            model_name='city',
            name='confirmed_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cities_confirmed', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by'),
        ),
        migrations.AddField(
            model_name='cityevent',
            name='confirmed_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by'),
        ),
        migrations.AddField(
            model_name='cityevent',
            name='confirmed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='confirmed by the city'),
        ),
        migrations.AddField(
            model_name='city',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('name_fr', config='scn_names', weight='A'), '||', django.contrib.postgres.search.SearchVector('name_en', config='scn_names', weight='A'), django.contrib.postgres.search.SearchConfig('scn_names')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddIndex(
            model_name='city',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='members_cit_search_375833_gin'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='city',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "members_cityevent" ("confirmed_at", "confirmed_by_id", "country", "geonames_id", "id", "joined_year", "latitude", "longitude", "name", "name_en", "name_fr", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "region_id", "slug", "source", "status", "time_zone", "unit_type") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."country", NEW."geonames_id", NEW."id", NEW."joined_year", NEW."latitude", NEW."longitude", NEW."name", NEW."name_en", NEW."name_fr", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."population", NEW."region_id", NEW."slug", NEW."source", NEW."status", NEW."time_zone", NEW."unit_type"); RETURN NULL;', hash='51336ebe2822cc2152c74e6e58163af65e3631d0', operation='INSERT', pgid='pgtrigger_insert_insert_6d9c2', table='members_city', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='city',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."confirmed_by_id" IS DISTINCT FROM (NEW."confirmed_by_id") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."geonames_id" IS DISTINCT FROM (NEW."geonames_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."joined_year" IS DISTINCT FROM (NEW."joined_year") OR OLD."latitude" IS DISTINCT FROM (NEW."latitude") OR OLD."longitude" IS DISTINCT FROM (NEW."longitude") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_fr" IS DISTINCT FROM (NEW."name_fr") OR OLD."population" IS DISTINCT FROM (NEW."population") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone") OR OLD."unit_type" IS DISTINCT FROM (NEW."unit_type"))', func='INSERT INTO "members_cityevent" ("confirmed_at", "confirmed_by_id", "country", "geonames_id", "id", "joined_year", "latitude", "longitude", "name", "name_en", "name_fr", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "region_id", "slug", "source", "status", "time_zone", "unit_type") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."country", NEW."geonames_id", NEW."id", NEW."joined_year", NEW."latitude", NEW."longitude", NEW."name", NEW."name_en", NEW."name_fr", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."population", NEW."region_id", NEW."slug", NEW."source", NEW."status", NEW."time_zone", NEW."unit_type"); RETURN NULL;', hash='40bf643acf5fc66f7d8971fdccb35054c181556a', operation='UPDATE', pgid='pgtrigger_update_update_b2c2d', table='members_city', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='city',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "members_cityevent" ("confirmed_at", "confirmed_by_id", "country", "geonames_id", "id", "joined_year", "latitude", "longitude", "name", "name_en", "name_fr", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "region_id", "slug", "source", "status", "time_zone", "unit_type") VALUES (OLD."confirmed_at", OLD."confirmed_by_id", OLD."country", OLD."geonames_id", OLD."id", OLD."joined_year", OLD."latitude", OLD."longitude", OLD."name", OLD."name_en", OLD."name_fr", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."population", OLD."region_id", OLD."slug", OLD."source", OLD."status", OLD."time_zone", OLD."unit_type"); RETURN NULL;', hash='14a18347f0a64b318867fec950a8ffea50ab6c01', operation='DELETE', pgid='pgtrigger_delete_delete_c76d6', table='members_city', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='city',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='city_confirmed_by_someone', violation_error_message='A confirmation says by whom and when.'),
        ),
    ]
