import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import practices.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0003_search'),
        ('members', '0003_city_search_and_confirmation'),
        ('practices', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Adaptation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('title_en', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_fr', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('file', models.FileField(upload_to=practices.models.attachment._kept_as, verbose_name='file')),
                ('media_type', models.CharField(editable=False, max_length=100)),
                ('size', models.PositiveIntegerField(editable=False)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='revision',
            name='frozen_once_submitted',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='revision',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='revision',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='revision',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='revisioncommitment',
            name='frozen_once_submitted',
        ),
        migrations.AddField(
            model_name='revision',
            name='evaluation',
            field=models.CharField(blank=True, choices=[('none', 'Not evaluated'), ('internal', 'Evaluated by the city'), ('external', 'Evaluated by others')], max_length=20, verbose_name='evaluation'),
        ),
        migrations.AddField(
            model_name='revision',
            name='evidence',
            field=models.TextField(blank=True, verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='revision',
            name='evidence_en',
            field=models.TextField(blank=True, null=True, verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='revision',
            name='evidence_fr',
            field=models.TextField(blank=True, null=True, verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='revision',
            name='inspired_by',
            field=models.CharField(blank=True, max_length=300, verbose_name='adapted from a practice elsewhere'),
        ),
        migrations.AddField(
            model_name='revision',
            name='inspired_by_en',
            field=models.CharField(blank=True, max_length=300, null=True, verbose_name='adapted from a practice elsewhere'),
        ),
        migrations.AddField(
            model_name='revision',
            name='inspired_by_fr',
            field=models.CharField(blank=True, max_length=300, null=True, verbose_name='adapted from a practice elsewhere'),
        ),
        migrations.AddField(
            model_name='revision',
            name='transfer_en',
            field=models.TextField(blank=True, null=True, verbose_name='conditions for transfer'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='evidence_en',
            field=models.TextField(blank=True, null=True, verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='transfer_en',
            field=models.TextField(blank=True, null=True, verbose_name='conditions for transfer'),
        ),
        migrations.AddField(
            model_name='revision',
            name='transfer_fr',
            field=models.TextField(blank=True, null=True, verbose_name='conditions for transfer'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='evidence_fr',
            field=models.TextField(blank=True, null=True, verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='transfer_fr',
            field=models.TextField(blank=True, null=True, verbose_name='conditions for transfer'),
        ),
        migrations.AddField(
            model_name='revision',
            name='themes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('case_work', 'Support for individuals, case by case'), ('communication', 'Communication and counter-narratives'), ('coordination', 'Coordination between institutions'), ('crisis', 'Response after an attack or a crisis'), ('dialogue', 'Dialogue and intercultural life'), ('education', 'Schools and education'), ('exit', 'Disengagement and reintegration'), ('families', 'Support for families'), ('hate', 'Hate crime and discrimination'), ('online', 'Hate and extremism online'), ('participation', 'Participation and local democracy'), ('research', 'Research and data'), ('training', 'Training of staff'), ('youth', 'Work with young people')], max_length=20), blank=True, default=list, size=None, verbose_name='themes'),
        ),
        migrations.AddField(
            model_name='revision',
            name='transfer',
            field=models.TextField(blank=True, verbose_name='conditions for transfer'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='evaluation',
            field=models.CharField(blank=True, choices=[('none', 'Not evaluated'), ('internal', 'Evaluated by the city'), ('external', 'Evaluated by others')], max_length=20, verbose_name='evaluation'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='evidence',
            field=models.TextField(blank=True, verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='inspired_by',
            field=models.CharField(blank=True, max_length=300, verbose_name='adapted from a practice elsewhere'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='inspired_by_en',
            field=models.CharField(blank=True, max_length=300, null=True, verbose_name='adapted from a practice elsewhere'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='inspired_by_fr',
            field=models.CharField(blank=True, max_length=300, null=True, verbose_name='adapted from a practice elsewhere'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='themes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('case_work', 'Support for individuals, case by case'), ('communication', 'Communication and counter-narratives'), ('coordination', 'Coordination between institutions'), ('crisis', 'Response after an attack or a crisis'), ('dialogue', 'Dialogue and intercultural life'), ('education', 'Schools and education'), ('exit', 'Disengagement and reintegration'), ('families', 'Support for families'), ('hate', 'Hate crime and discrimination'), ('online', 'Hate and extremism online'), ('participation', 'Participation and local democracy'), ('research', 'Research and data'), ('training', 'Training of staff'), ('youth', 'Work with young people')], max_length=20), blank=True, default=list, size=None, verbose_name='themes'),
        ),
        migrations.AddField(
            model_name='revisionevent',
            name='transfer',
            field=models.TextField(blank=True, verbose_name='conditions for transfer'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_submitted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."source_language" IS DISTINCT FROM (NEW."source_language") OR OLD."source_changed_at" IS DISTINCT FROM (NEW."source_changed_at") OR OLD."translation_changed_at" IS DISTINCT FROM (NEW."translation_changed_at") OR OLD."practice_id" IS DISTINCT FROM (NEW."practice_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."title_en" IS DISTINCT FROM (NEW."title_en") OR OLD."title_fr" IS DISTINCT FROM (NEW."title_fr") OR OLD."original_name" IS DISTINCT FROM (NEW."original_name") OR OLD."summary" IS DISTINCT FROM (NEW."summary") OR OLD."summary_en" IS DISTINCT FROM (NEW."summary_en") OR OLD."summary_fr" IS DISTINCT FROM (NEW."summary_fr") OR OLD."challenge" IS DISTINCT FROM (NEW."challenge") OR OLD."challenge_en" IS DISTINCT FROM (NEW."challenge_en") OR OLD."challenge_fr" IS DISTINCT FROM (NEW."challenge_fr") OR OLD."approach" IS DISTINCT FROM (NEW."approach") OR OLD."approach_en" IS DISTINCT FROM (NEW."approach_en") OR OLD."approach_fr" IS DISTINCT FROM (NEW."approach_fr") OR OLD."lead" IS DISTINCT FROM (NEW."lead") OR OLD."lead_en" IS DISTINCT FROM (NEW."lead_en") OR OLD."lead_fr" IS DISTINCT FROM (NEW."lead_fr") OR OLD."partners" IS DISTINCT FROM (NEW."partners") OR OLD."partners_en" IS DISTINCT FROM (NEW."partners_en") OR OLD."partners_fr" IS DISTINCT FROM (NEW."partners_fr") OR OLD."resources" IS DISTINCT FROM (NEW."resources") OR OLD."resources_en" IS DISTINCT FROM (NEW."resources_en") OR OLD."resources_fr" IS DISTINCT FROM (NEW."resources_fr") OR OLD."results" IS DISTINCT FROM (NEW."results") OR OLD."results_en" IS DISTINCT FROM (NEW."results_en") OR OLD."results_fr" IS DISTINCT FROM (NEW."results_fr") OR OLD."evaluation" IS DISTINCT FROM (NEW."evaluation") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."evidence_en" IS DISTINCT FROM (NEW."evidence_en") OR OLD."evidence_fr" IS DISTINCT FROM (NEW."evidence_fr") OR OLD."lessons" IS DISTINCT FROM (NEW."lessons") OR OLD."lessons_en" IS DISTINCT FROM (NEW."lessons_en") OR OLD."lessons_fr" IS DISTINCT FROM (NEW."lessons_fr") OR OLD."transfer" IS DISTINCT FROM (NEW."transfer") OR OLD."transfer_en" IS DISTINCT FROM (NEW."transfer_en") OR OLD."transfer_fr" IS DISTINCT FROM (NEW."transfer_fr") OR OLD."safeguards" IS DISTINCT FROM (NEW."safeguards") OR OLD."safeguards_en" IS DISTINCT FROM (NEW."safeguards_en") OR OLD."safeguards_fr" IS DISTINCT FROM (NEW."safeguards_fr") OR OLD."inspired_by" IS DISTINCT FROM (NEW."inspired_by") OR OLD."inspired_by_en" IS DISTINCT FROM (NEW."inspired_by_en") OR OLD."inspired_by_fr" IS DISTINCT FROM (NEW."inspired_by_fr") OR OLD."themes" IS DISTINCT FROM (NEW."themes") OR OLD."target_groups" IS DISTINCT FROM (NEW."target_groups") OR OLD."started_on" IS DISTINCT FROM (NEW."started_on") OR OLD."website" IS DISTINCT FROM (NEW."website") OR OLD."sources" IS DISTINCT FROM (NEW."sources") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at")) AND NOT (OLD."status" IN (\'draft\', \'sent_back\')))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='411965d988cc0048f61bf834a21fc52cacd73796', operation='UPDATE', pgid='pgtrigger_frozen_once_submitted_bc0fd', table='practices_revision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "practices_revisionevent" ("approach", "approach_en", "approach_fr", "author_id", "challenge", "challenge_en", "challenge_fr", "created_at", "evaluation", "evidence", "evidence_en", "evidence_fr", "id", "inspired_by", "inspired_by_en", "inspired_by_fr", "lead", "lead_en", "lead_fr", "lessons", "lessons_en", "lessons_fr", "number", "original_name", "partners", "partners_en", "partners_fr", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practice_id", "publish_at", "published_at", "reason", "resources", "resources_en", "resources_fr", "results", "results_en", "results_fr", "safeguards", "safeguards_en", "safeguards_fr", "source_changed_at", "source_language", "sources", "started_on", "status", "submitted_at", "summary", "summary_en", "summary_fr", "target_groups", "themes", "title", "title_en", "title_fr", "transfer", "transfer_en", "transfer_fr", "translation_changed_at", "website") VALUES (NEW."approach", NEW."approach_en", NEW."approach_fr", NEW."author_id", NEW."challenge", NEW."challenge_en", NEW."challenge_fr", NEW."created_at", NEW."evaluation", NEW."evidence", NEW."evidence_en", NEW."evidence_fr", NEW."id", NEW."inspired_by", NEW."inspired_by_en", NEW."inspired_by_fr", NEW."lead", NEW."lead_en", NEW."lead_fr", NEW."lessons", NEW."lessons_en", NEW."lessons_fr", NEW."number", NEW."original_name", NEW."partners", NEW."partners_en", NEW."partners_fr", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."practice_id", NEW."publish_at", NEW."published_at", NEW."reason", NEW."resources", NEW."resources_en", NEW."resources_fr", NEW."results", NEW."results_en", NEW."results_fr", NEW."safeguards", NEW."safeguards_en", NEW."safeguards_fr", NEW."source_changed_at", NEW."source_language", NEW."sources", NEW."started_on", NEW."status", NEW."submitted_at", NEW."summary", NEW."summary_en", NEW."summary_fr", NEW."target_groups", NEW."themes", NEW."title", NEW."title_en", NEW."title_fr", NEW."transfer", NEW."transfer_en", NEW."transfer_fr", NEW."translation_changed_at", NEW."website"); RETURN NULL;', hash='ae198996799de5d3179b7bf2f3a197d0ee6fa30e', operation='INSERT', pgid='pgtrigger_insert_insert_e552a', table='practices_revision', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."approach" IS DISTINCT FROM (NEW."approach") OR OLD."approach_en" IS DISTINCT FROM (NEW."approach_en") OR OLD."approach_fr" IS DISTINCT FROM (NEW."approach_fr") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."challenge" IS DISTINCT FROM (NEW."challenge") OR OLD."challenge_en" IS DISTINCT FROM (NEW."challenge_en") OR OLD."challenge_fr" IS DISTINCT FROM (NEW."challenge_fr") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."evaluation" IS DISTINCT FROM (NEW."evaluation") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."evidence_en" IS DISTINCT FROM (NEW."evidence_en") OR OLD."evidence_fr" IS DISTINCT FROM (NEW."evidence_fr") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."inspired_by" IS DISTINCT FROM (NEW."inspired_by") OR OLD."inspired_by_en" IS DISTINCT FROM (NEW."inspired_by_en") OR OLD."inspired_by_fr" IS DISTINCT FROM (NEW."inspired_by_fr") OR OLD."lead" IS DISTINCT FROM (NEW."lead") OR OLD."lead_en" IS DISTINCT FROM (NEW."lead_en") OR OLD."lead_fr" IS DISTINCT FROM (NEW."lead_fr") OR OLD."lessons" IS DISTINCT FROM (NEW."lessons") OR OLD."lessons_en" IS DISTINCT FROM (NEW."lessons_en") OR OLD."lessons_fr" IS DISTINCT FROM (NEW."lessons_fr") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."original_name" IS DISTINCT FROM (NEW."original_name") OR OLD."partners" IS DISTINCT FROM (NEW."partners") OR OLD."partners_en" IS DISTINCT FROM (NEW."partners_en") OR OLD."partners_fr" IS DISTINCT FROM (NEW."partners_fr") OR OLD."practice_id" IS DISTINCT FROM (NEW."practice_id") OR OLD."publish_at" IS DISTINCT FROM (NEW."publish_at") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."resources" IS DISTINCT FROM (NEW."resources") OR OLD."resources_en" IS DISTINCT FROM (NEW."resources_en") OR OLD."resources_fr" IS DISTINCT FROM (NEW."resources_fr") OR OLD."results" IS DISTINCT FROM (NEW."results") OR OLD."results_en" IS DISTINCT FROM (NEW."results_en") OR OLD."results_fr" IS DISTINCT FROM (NEW."results_fr") OR OLD."safeguards" IS DISTINCT FROM (NEW."safeguards") OR OLD."safeguards_en" IS DISTINCT FROM (NEW."safeguards_en") OR OLD."safeguards_fr" IS DISTINCT FROM (NEW."safeguards_fr") OR OLD."source_changed_at" IS DISTINCT FROM (NEW."source_changed_at") OR OLD."source_language" IS DISTINCT FROM (NEW."source_language") OR OLD."sources" IS DISTINCT FROM (NEW."sources") OR OLD."started_on" IS DISTINCT FROM (NEW."started_on") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."submitted_at" IS DISTINCT FROM (NEW."submitted_at") OR OLD."summary" IS DISTINCT FROM (NEW."summary") OR OLD."summary_en" IS DISTINCT FROM (NEW."summary_en") OR OLD."summary_fr" IS DISTINCT FROM (NEW."summary_fr") OR OLD."target_groups" IS DISTINCT FROM (NEW."target_groups") OR OLD."themes" IS DISTINCT FROM (NEW."themes") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."title_en" IS DISTINCT FROM (NEW."title_en") OR OLD."title_fr" IS DISTINCT FROM (NEW."title_fr") OR OLD."transfer" IS DISTINCT FROM (NEW."transfer") OR OLD."transfer_en" IS DISTINCT FROM (NEW."transfer_en") OR OLD."transfer_fr" IS DISTINCT FROM (NEW."transfer_fr") OR OLD."translation_changed_at" IS DISTINCT FROM (NEW."translation_changed_at") OR OLD."website" IS DISTINCT FROM (NEW."website"))', func='INSERT INTO "practices_revisionevent" ("approach", "approach_en", "approach_fr", "author_id", "challenge", "challenge_en", "challenge_fr", "created_at", "evaluation", "evidence", "evidence_en", "evidence_fr", "id", "inspired_by", "inspired_by_en", "inspired_by_fr", "lead", "lead_en", "lead_fr", "lessons", "lessons_en", "lessons_fr", "number", "original_name", "partners", "partners_en", "partners_fr", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practice_id", "publish_at", "published_at", "reason", "resources", "resources_en", "resources_fr", "results", "results_en", "results_fr", "safeguards", "safeguards_en", "safeguards_fr", "source_changed_at", "source_language", "sources", "started_on", "status", "submitted_at", "summary", "summary_en", "summary_fr", "target_groups", "themes", "title", "title_en", "title_fr", "transfer", "transfer_en", "transfer_fr", "translation_changed_at", "website") VALUES (NEW."approach", NEW."approach_en", NEW."approach_fr", NEW."author_id", NEW."challenge", NEW."challenge_en", NEW."challenge_fr", NEW."created_at", NEW."evaluation", NEW."evidence", NEW."evidence_en", NEW."evidence_fr", NEW."id", NEW."inspired_by", NEW."inspired_by_en", NEW."inspired_by_fr", NEW."lead", NEW."lead_en", NEW."lead_fr", NEW."lessons", NEW."lessons_en", NEW."lessons_fr", NEW."number", NEW."original_name", NEW."partners", NEW."partners_en", NEW."partners_fr", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."practice_id", NEW."publish_at", NEW."published_at", NEW."reason", NEW."resources", NEW."resources_en", NEW."resources_fr", NEW."results", NEW."results_en", NEW."results_fr", NEW."safeguards", NEW."safeguards_en", NEW."safeguards_fr", NEW."source_changed_at", NEW."source_language", NEW."sources", NEW."started_on", NEW."status", NEW."submitted_at", NEW."summary", NEW."summary_en", NEW."summary_fr", NEW."target_groups", NEW."themes", NEW."title", NEW."title_en", NEW."title_fr", NEW."transfer", NEW."transfer_en", NEW."transfer_fr", NEW."translation_changed_at", NEW."website"); RETURN NULL;', hash='995ce7a7fbab97962b2e86679b447280addbf26d', operation='UPDATE', pgid='pgtrigger_update_update_093e4', table='practices_revision', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revision',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "practices_revisionevent" ("approach", "approach_en", "approach_fr", "author_id", "challenge", "challenge_en", "challenge_fr", "created_at", "evaluation", "evidence", "evidence_en", "evidence_fr", "id", "inspired_by", "inspired_by_en", "inspired_by_fr", "lead", "lead_en", "lead_fr", "lessons", "lessons_en", "lessons_fr", "number", "original_name", "partners", "partners_en", "partners_fr", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practice_id", "publish_at", "published_at", "reason", "resources", "resources_en", "resources_fr", "results", "results_en", "results_fr", "safeguards", "safeguards_en", "safeguards_fr", "source_changed_at", "source_language", "sources", "started_on", "status", "submitted_at", "summary", "summary_en", "summary_fr", "target_groups", "themes", "title", "title_en", "title_fr", "transfer", "transfer_en", "transfer_fr", "translation_changed_at", "website") VALUES (OLD."approach", OLD."approach_en", OLD."approach_fr", OLD."author_id", OLD."challenge", OLD."challenge_en", OLD."challenge_fr", OLD."created_at", OLD."evaluation", OLD."evidence", OLD."evidence_en", OLD."evidence_fr", OLD."id", OLD."inspired_by", OLD."inspired_by_en", OLD."inspired_by_fr", OLD."lead", OLD."lead_en", OLD."lead_fr", OLD."lessons", OLD."lessons_en", OLD."lessons_fr", OLD."number", OLD."original_name", OLD."partners", OLD."partners_en", OLD."partners_fr", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."practice_id", OLD."publish_at", OLD."published_at", OLD."reason", OLD."resources", OLD."resources_en", OLD."resources_fr", OLD."results", OLD."results_en", OLD."results_fr", OLD."safeguards", OLD."safeguards_en", OLD."safeguards_fr", OLD."source_changed_at", OLD."source_language", OLD."sources", OLD."started_on", OLD."status", OLD."submitted_at", OLD."summary", OLD."summary_en", OLD."summary_fr", OLD."target_groups", OLD."themes", OLD."title", OLD."title_en", OLD."title_fr", OLD."transfer", OLD."transfer_en", OLD."transfer_fr", OLD."translation_changed_at", OLD."website"); RETURN NULL;', hash='3bb53c30e9508149723712d478cc095bb807dac0', operation='DELETE', pgid='pgtrigger_delete_delete_af0fc', table='practices_revision', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='revisioncommitment',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_submitted', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF EXISTS (\n            SELECT 1 FROM practices_revision\n            WHERE id IN (NEW.revision_id, OLD.revision_id) AND status NOT IN ('draft', 'sent_back')\n        ) THEN\n            RAISE EXCEPTION 'what belongs to a submitted revision cannot change';\n        END IF;\n        RETURN COALESCE(NEW, OLD);\n    ", hash='00bf99b3527a7e8f6def1bedc5534e6863094882', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_once_submitted_a6b15', table='practices_revisioncommitment', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='adaptation',
            name='original',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='practices.practice'),
        ),
        migrations.AddField(
            model_name='adaptation',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='practices.revision'),
        ),
        migrations.AddField(
            model_name='revision',
            name='adapted_from',
            field=models.ManyToManyField(related_name='adaptations', through='practices.Adaptation', to='practices.practice', verbose_name='adapted from'),
        ),
        migrations.AddField(
            model_name='revision',
            name='search_en',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_en', config='scn_english', weight='A'), '||', django.contrib.postgres.search.SearchVector('original_name', config='scn_english', weight='A'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('summary_en', config='scn_english', weight='B'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('challenge_en', config='scn_english', weight='C'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('approach_en', config='scn_english', weight='C'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('results_en', config='scn_english', weight='C'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('evidence_en', config='scn_english', weight='C'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('lessons_en', config='scn_english', weight='C'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('transfer_en', config='scn_english', weight='C'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('lead_en', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('partners_en', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('resources_en', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('safeguards_en', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddField(
            model_name='revision',
            name='search_fr',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_fr', config='scn_french', weight='A'), '||', django.contrib.postgres.search.SearchVector('original_name', config='scn_french', weight='A'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('summary_fr', config='scn_french', weight='B'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('challenge_fr', config='scn_french', weight='C'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('approach_fr', config='scn_french', weight='C'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('results_fr', config='scn_french', weight='C'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('evidence_fr', config='scn_french', weight='C'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('lessons_fr', config='scn_french', weight='C'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('transfer_fr', config='scn_french', weight='C'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('lead_fr', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('partners_fr', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('resources_fr', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('safeguards_fr', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddIndex(
            model_name='revision',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_fr'], name='practices_r_search__871b5e_gin'),
        ),
        migrations.AddIndex(
            model_name='revision',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_en'], name='practices_r_search__a03380_gin'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('evaluation__in', ['', 'none', 'internal', 'external'])), name='revision_evaluation_known'),
        ),
        migrations.AddField(
            model_name='attachment',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='practices.revision'),
        ),
        migrations.AddConstraint(
            model_name='adaptation',
            constraint=models.UniqueConstraint(fields=('revision', 'original'), name='adaptation_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adaptation',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_submitted', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF EXISTS (\n            SELECT 1 FROM practices_revision\n            WHERE id IN (NEW.revision_id, OLD.revision_id) AND status NOT IN ('draft', 'sent_back')\n        ) THEN\n            RAISE EXCEPTION 'what belongs to a submitted revision cannot change';\n        END IF;\n        RETURN COALESCE(NEW, OLD);\n    ", hash='5df56a1c39268374e5ac0b114cc01dc16975d770', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_once_submitted_1b7f9', table='practices_adaptation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('title_fr__gt', ''), ('title_fr__isnull', False)), models.Q(('title_en__gt', ''), ('title_en__isnull', False)), _connector='OR'), name='attachment_has_a_title', violation_error_message='A document needs a title in French or in English.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attachment',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_submitted', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF EXISTS (\n            SELECT 1 FROM practices_revision\n            WHERE id IN (NEW.revision_id, OLD.revision_id) AND status NOT IN ('draft', 'sent_back')\n        ) THEN\n            RAISE EXCEPTION 'what belongs to a submitted revision cannot change';\n        END IF;\n        RETURN COALESCE(NEW, OLD);\n    ", hash='3b2acd4a4926bf270ffd748d4849c61b120b77fb', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_once_submitted_92b47', table='practices_attachment', when='BEFORE')),
        ),
    ]
