"""All of `members` as one migration: what an empty database is made by, in place of thirteen.

Left out, since an empty database has no rows to move: the records of the cities that were there before the table of
records (0007).
"""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import django_countries.fields
import members.models.invitation
import members.models.user
import pgtrigger.compiler
import scn_portal.base.mail.rendering
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations, models

from scn_portal.base.migration_operations import CreateModels


def configuration(name, copied, dictionary):
    """Like `copied`, but an accent is no matter."""
    return migrations.RunSQL(
        f"CREATE TEXT SEARCH CONFIGURATION {name} (COPY = {copied});"
        f"ALTER TEXT SEARCH CONFIGURATION {name}"
        f" ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {dictionary};",
        f"DROP TEXT SEARCH CONFIGURATION {name};",
    )


class Migration(migrations.Migration):

    replaces = [
        ('members', '0001_initial'),
        ('members', '0002_text_search_configurations'),
        ('members', '0003_city_search_and_confirmation'),
        ('members', '0004_account_mail'),
        ('members', '0005_status_labels'),
        ('members', '0006_plain_words'),
        ('members', '0007_public_record'),
        ('members', '0008_forms_being_written'),
        ('members', '0009_people_and_reminders'),
        ('members', '0010_risk_answers'),
        ('members', '0011_city_sign_off'),
        ('members', '0012_staff_invitations'),
        ('members', '0013_hidden_city'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('base', '0001_public_record'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        configuration("scn_french", "french", "french_stem"),
        configuration("scn_english", "english", "english_stem"),
        configuration("scn_names", "simple", "simple"),
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name='Region',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(unique=True)),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('name_en', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_fr', models.CharField(max_length=80, null=True, verbose_name='name')),
                    ],
                    options={
                        'verbose_name': 'region',
                        'verbose_name_plural': 'regions',
                        'ordering': ['name'],
                    },
                ),
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                        ('email', models.EmailField(max_length=254, verbose_name='email address')),
                        ('name', models.CharField(max_length=150, verbose_name='name')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'Français')], default='en', max_length=2, verbose_name='language')),
                        ('time_zone', models.CharField(default='UTC', max_length=50, validators=[members.models.user.validate_time_zone], verbose_name='time zone')),
                        ('is_staff', models.BooleanField(default=False, verbose_name='may open the admin')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('date_joined', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='joined on')),
                        ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                        ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                        ('function', models.CharField(blank=True, db_default='', default='', max_length=150, verbose_name='function')),
                        ('reminders_off', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), db_default=[], default=list, editable=False, size=None)),
                    ],
                    options={
                        'verbose_name': 'person',
                        'verbose_name_plural': 'people',
                        'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_once', violation_error_message='Someone already has an account with this address.'), models.CheckConstraint(condition=models.Q(('language__in', ('en', 'fr'))), name='user_language_known')],
                        'triggers': [pgtrigger.compiler.Trigger(name='keeps_a_focal_point', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT NEW."is_active" AND OLD."is_active")', func="\n    PERFORM 1 FROM members_city WHERE id IN (\n        SELECT city_id FROM members_membership WHERE user_id = OLD.id AND role = 'focal_point'\n    ) ORDER BY id FOR UPDATE;\n    IF EXISTS (\n        SELECT 1 FROM members_membership mine WHERE mine.user_id = OLD.id AND mine.role = 'focal_point'\n            AND NOT EXISTS (\n                SELECT 1 FROM members_membership other JOIN members_user person ON person.id = other.user_id\n                WHERE other.city_id = mine.city_id AND other.id <> mine.id AND other.role = 'focal_point'\n                    AND person.is_active\n            )\n            AND NOT EXISTS (\n                SELECT 1 FROM members_vacancy\n                WHERE city_id = mine.city_id AND left_by_id = OLD.id AND recorded_at = CURRENT_TIMESTAMP\n            )\n    ) THEN \n    RAISE EXCEPTION 'a city keeps a focal point, unless somebody writes why'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'city_keeps_a_focal_point';\n\n    END IF;\n    UPDATE members_city SET facts_changed_at = now()\n    WHERE confirmed_at IS NOT NULL AND facts_changed_at IS NULL AND id IN (\n        SELECT city_id FROM members_membership WHERE user_id = OLD.id AND role = 'focal_point'\n    );\n    RETURN NEW;\n", hash='4ae2f4fee2f4334660b7552ca8887307756dcdb7', operation='UPDATE', pgid='pgtrigger_keeps_a_focal_point_d98cd', table='members_user', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='City',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(editable=False, max_length=120, unique=True)),
                        ('name', models.CharField(max_length=100, verbose_name='name')),
                        ('name_en', models.CharField(max_length=100, null=True, verbose_name='name')),
                        ('name_fr', models.CharField(max_length=100, null=True, verbose_name='name')),
                        ('country', django_countries.fields.CountryField(max_length=2, verbose_name='country')),
                        ('unit_type', models.CharField(choices=[('city', 'City'), ('municipality', 'Municipality'), ('district', 'District'), ('county', 'County'), ('province', 'Province'), ('state', 'State')], default='city', max_length=20, verbose_name='unit type')),
                        ('geonames_id', models.PositiveIntegerField(blank=True, null=True, verbose_name='GeoNames id')),
                        ('latitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                        ('longitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                        ('population', models.PositiveIntegerField(blank=True, null=True, verbose_name='population')),
                        ('time_zone', models.CharField(blank=True, max_length=50, validators=[members.models.user.validate_time_zone], verbose_name='time zone')),
                        ('status', models.CharField(choices=[('member', 'Member'), ('engaged', 'Partner city (not a member)'), ('applicant', 'Applicant'), ('former', 'Former member')], max_length=20, verbose_name='status')),
                        ('joined_year', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(2000), django.core.validators.MaxValueValidator(2100)], verbose_name='year joined')),
                        ('source', models.CharField(help_text='The page that says so, or words for it.', max_length=500, verbose_name='source')),
                        ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cities', to='members.region', verbose_name='region')),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed by the city')),
                        ('confirmed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cities_confirmed', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                        ('search', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('name_fr', config='scn_names', weight='A'), '||', django.contrib.postgres.search.SearchVector('name_en', config='scn_names', weight='A'), django.contrib.postgres.search.SearchConfig('scn_names')), output_field=django.contrib.postgres.search.SearchVectorField())),
                        ('facts_changed_at', models.DateTimeField(editable=False, null=True, verbose_name='changed since the city confirmed it')),
                        ('needs_sign_off', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='a focal point releases what editors write')),
                        ('hidden_at', models.DateTimeField(editable=False, null=True, verbose_name='hidden')),
                        ('hidden_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cities_hidden', to=settings.AUTH_USER_MODEL)),
                        ('hidden_reason', models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='reason')),
                    ],
                    options={
                        'verbose_name': 'city',
                        'verbose_name_plural': 'cities',
                        'ordering': ['name'],
                        'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='members_cit_search_375833_gin')],
                        'constraints': [models.UniqueConstraint(models.F('geonames_id'), name='city_geonames_once', violation_error_code='geonames_once', violation_error_message='Another city already has this GeoNames id.'), models.UniqueConstraint(models.F('country'), django.db.models.functions.text.Lower('name_en'), name='city_name_once_a_country', violation_error_code='name_once', violation_error_message='This country already has a city of that name.'), models.CheckConstraint(condition=models.Q(('name_en__gt', ''), ('name_en__isnull', False), ('name_fr__gt', ''), ('name_fr__isnull', False)), name='city_named_in_both_languages', violation_error_message='A city needs a name in French and in English.'), models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__isnull', False), ('latitude__range', (-90, 90)), ('longitude__isnull', False), ('longitude__range', (-180, 180))), _connector='OR'), name='city_on_the_globe', violation_error_code='globe', violation_error_message='Latitude (-90 to 90) and longitude (-180 to 180) go together.'), models.CheckConstraint(condition=models.Q(('joined_year__isnull', True), ('joined_year__range', (2000, 2100)), _connector='OR'), name='city_joined_in_a_plausible_year', violation_error_message='The year joined lies between 2000 and 2100.'), models.CheckConstraint(condition=models.Q(('status__in', ['member', 'engaged', 'applicant', 'former'])), name='city_status_known'), models.CheckConstraint(condition=models.Q(('unit_type__in', ['city', 'municipality', 'district', 'county', 'province', 'state'])), name='city_unit_type_known'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='city_has_a_source', violation_error_message='Say where this is known from.'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='city_confirmed_by_someone', violation_error_message='A confirmation says by whom and when.'), models.CheckConstraint(condition=models.Q(('facts_changed_at__isnull', True), ('confirmed_at__isnull', False), _connector='OR'), name='city_changed_after_a_confirmation', violation_error_message='Only what was confirmed can have changed since.'), models.CheckConstraint(condition=models.Q(models.Q(('hidden_at__isnull', True), ('hidden_by__isnull', True), ('hidden_reason', '')), models.Q(('hidden_at__isnull', False), ('hidden_by__isnull', False), ('hidden_reason__gt', '')), _connector='OR'), name='city_hidden_with_a_reason', violation_error_message='A city that is hidden says by whom, when and why.')],
                        'triggers': [pgtrigger.compiler.Trigger(name='facts_changed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."joined_year" IS DISTINCT FROM (NEW."joined_year") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_fr" IS DISTINCT FROM (NEW."name_fr") OR OLD."population" IS DISTINCT FROM (NEW."population") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."unit_type" IS DISTINCT FROM (NEW."unit_type"))', func='\n    IF NEW.confirmed_at IS NOT NULL AND NEW.facts_changed_at IS NULL THEN\n        NEW.facts_changed_at := now();\n    END IF;\n    RETURN NEW;\n', hash='88da2ef29b825b0f24344743ee5a0d39080c7acf', operation='UPDATE', pgid='pgtrigger_facts_changed_0e9c5', table='members_city', when='BEFORE')), pgtrigger.compiler.Trigger(name='records_public_rows', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF TRUE THEN\n                PERFORM pg_advisory_xact_lock(5200601);\n                PERFORM scn_record_public_row(kind, key, city, shown)\n                FROM (\n    SELECT 'city', key, key, city.status <> 'former' AND city.hidden_at IS NULL\n    FROM (VALUES (COALESCE(NEW.id, OLD.id))) AS changed (key)\n    LEFT JOIN members_city city ON city.id = key\n) AS changed (kind, key, city, shown);\n            END IF;\n            RETURN NULL;\n        ", hash='59491fb904af59f69b7ba0d6eb09db9bafdaaa42', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_records_public_rows_a3d72', table='members_city', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')), pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "members_cityevent" ("confirmed_at", "confirmed_by_id", "country", "facts_changed_at", "geonames_id", "hidden_at", "hidden_by_id", "hidden_reason", "id", "joined_year", "latitude", "longitude", "name", "name_en", "name_fr", "needs_sign_off", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "region_id", "slug", "source", "status", "time_zone", "unit_type") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."country", NEW."facts_changed_at", NEW."geonames_id", NEW."hidden_at", NEW."hidden_by_id", NEW."hidden_reason", NEW."id", NEW."joined_year", NEW."latitude", NEW."longitude", NEW."name", NEW."name_en", NEW."name_fr", NEW."needs_sign_off", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."population", NEW."region_id", NEW."slug", NEW."source", NEW."status", NEW."time_zone", NEW."unit_type"); RETURN NULL;', hash='e425e04330687adb8ece7abcc7608be2a8750d4a', operation='INSERT', pgid='pgtrigger_insert_insert_6d9c2', table='members_city', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."confirmed_by_id" IS DISTINCT FROM (NEW."confirmed_by_id") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."facts_changed_at" IS DISTINCT FROM (NEW."facts_changed_at") OR OLD."geonames_id" IS DISTINCT FROM (NEW."geonames_id") OR OLD."hidden_at" IS DISTINCT FROM (NEW."hidden_at") OR OLD."hidden_by_id" IS DISTINCT FROM (NEW."hidden_by_id") OR OLD."hidden_reason" IS DISTINCT FROM (NEW."hidden_reason") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."joined_year" IS DISTINCT FROM (NEW."joined_year") OR OLD."latitude" IS DISTINCT FROM (NEW."latitude") OR OLD."longitude" IS DISTINCT FROM (NEW."longitude") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_fr" IS DISTINCT FROM (NEW."name_fr") OR OLD."needs_sign_off" IS DISTINCT FROM (NEW."needs_sign_off") OR OLD."population" IS DISTINCT FROM (NEW."population") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone") OR OLD."unit_type" IS DISTINCT FROM (NEW."unit_type"))', func='INSERT INTO "members_cityevent" ("confirmed_at", "confirmed_by_id", "country", "facts_changed_at", "geonames_id", "hidden_at", "hidden_by_id", "hidden_reason", "id", "joined_year", "latitude", "longitude", "name", "name_en", "name_fr", "needs_sign_off", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "region_id", "slug", "source", "status", "time_zone", "unit_type") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."country", NEW."facts_changed_at", NEW."geonames_id", NEW."hidden_at", NEW."hidden_by_id", NEW."hidden_reason", NEW."id", NEW."joined_year", NEW."latitude", NEW."longitude", NEW."name", NEW."name_en", NEW."name_fr", NEW."needs_sign_off", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."population", NEW."region_id", NEW."slug", NEW."source", NEW."status", NEW."time_zone", NEW."unit_type"); RETURN NULL;', hash='5597b1aab4491fbce55802a6b996c4e3259fa1f5', operation='UPDATE', pgid='pgtrigger_update_update_b2c2d', table='members_city', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "members_cityevent" ("confirmed_at", "confirmed_by_id", "country", "facts_changed_at", "geonames_id", "hidden_at", "hidden_by_id", "hidden_reason", "id", "joined_year", "latitude", "longitude", "name", "name_en", "name_fr", "needs_sign_off", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "region_id", "slug", "source", "status", "time_zone", "unit_type") VALUES (OLD."confirmed_at", OLD."confirmed_by_id", OLD."country", OLD."facts_changed_at", OLD."geonames_id", OLD."hidden_at", OLD."hidden_by_id", OLD."hidden_reason", OLD."id", OLD."joined_year", OLD."latitude", OLD."longitude", OLD."name", OLD."name_en", OLD."name_fr", OLD."needs_sign_off", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."population", OLD."region_id", OLD."slug", OLD."source", OLD."status", OLD."time_zone", OLD."unit_type"); RETURN NULL;', hash='e0abf3ffafd518e7236274be03025de2a12dd727', operation='DELETE', pgid='pgtrigger_delete_delete_c76d6', table='members_city', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='Invitation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('email', models.EmailField(max_length=254, verbose_name='email address')),
                        ('role', models.CharField(blank=True, choices=[('focal_point', 'Focal point'), ('editor', 'Editor'), ('viewer', 'Viewer')], default='editor', max_length=20, verbose_name='role')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'Français')], max_length=2, verbose_name='language of the invitation')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('expires_at', models.DateTimeField(default=members.models.invitation._two_weeks_from_now)),
                        ('accepted_at', models.DateTimeField(editable=False, null=True)),
                        ('withdrawn_at', models.DateTimeField(editable=False, null=True)),
                        ('accepted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations_accepted', to=settings.AUTH_USER_MODEL)),
                        ('city', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='members.city', verbose_name='city')),
                        ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations_made', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'invitation',
                        'verbose_name_plural': 'invitations',
                        'ordering': ['-created_at'],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', True), ('accepted_by__isnull', True)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False)), _connector='OR'), name='invitation_accepted_by_someone', violation_error_message='An accepted invitation says by whom and when.'), models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('withdrawn_at__isnull', True), _connector='OR'), name='invitation_accepted_or_withdrawn', violation_error_message='An invitation is accepted or withdrawn, not both.'), models.UniqueConstraint(models.F('city'), django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at__isnull', True), ('withdrawn_at__isnull', True)), name='invitation_one_pending_a_city', violation_error_message='This address already has an invitation to this city.'), models.CheckConstraint(condition=models.Q(models.Q(('city__isnull', False), ('role__in', ['focal_point', 'editor', 'viewer'])), models.Q(('city__isnull', True), ('role', '')), _connector='OR'), name='invitation_role_in_a_city', violation_error_message='An invitation to a city says the role; one to the staff has none.'), models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at__isnull', True), ('city__isnull', True), ('withdrawn_at__isnull', True)), name='invitation_one_pending_to_the_staff', violation_error_message='This address already has an invitation to the staff.')],
                    },
                ),
                migrations.CreateModel(
                    name='Membership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('role', models.CharField(choices=[('focal_point', 'Focal point'), ('editor', 'Editor'), ('viewer', 'Viewer')], max_length=20, verbose_name='role')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('city', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='members.city', verbose_name='city')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed')),
                    ],
                    options={
                        'verbose_name': 'membership',
                        'verbose_name_plural': 'memberships',
                        'constraints': [models.UniqueConstraint(fields=('user', 'city'), name='membership_once_a_city', violation_error_message='This person already acts for this city.'), models.CheckConstraint(condition=models.Q(('role__in', ['focal_point', 'editor', 'viewer'])), name='membership_role_known')],
                        'triggers': [pgtrigger.compiler.Trigger(name='keeps_a_focal_point', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF OLD.role <> 'focal_point' OR (\n        TG_OP = 'UPDATE' AND NEW.role = OLD.role AND NEW.city_id = OLD.city_id AND NEW.user_id = OLD.user_id\n    ) THEN\n        RETURN COALESCE(NEW, OLD);\n    END IF;\n    PERFORM 1 FROM members_city WHERE id = OLD.city_id FOR UPDATE;\n    IF EXISTS (SELECT 1 FROM members_user WHERE id = OLD.user_id AND is_active)\n        AND NOT EXISTS (\n            SELECT 1 FROM members_membership other JOIN members_user person ON person.id = other.user_id\n            WHERE other.city_id = OLD.city_id AND other.id <> OLD.id AND other.role = 'focal_point'\n                AND person.is_active\n        )\n        AND NOT EXISTS (\n            SELECT 1 FROM members_vacancy\n            WHERE city_id = OLD.city_id AND left_by_id = OLD.user_id AND recorded_at = CURRENT_TIMESTAMP\n        )\n    THEN \n    RAISE EXCEPTION 'a city keeps a focal point, unless somebody writes why'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'city_keeps_a_focal_point';\n\n    END IF;\n    RETURN COALESCE(NEW, OLD);\n", hash='b106cafa726f71516363e1b356ec54d70715b5cd', operation='UPDATE OR DELETE', pgid='pgtrigger_keeps_a_focal_point_14033', table='members_membership', when='BEFORE')), pgtrigger.compiler.Trigger(name='focal_point_is_a_fact', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF TG_OP = 'UPDATE' AND NEW.role = OLD.role AND NEW.city_id = OLD.city_id AND NEW.user_id = OLD.user_id THEN\n        RETURN NULL;\n    END IF;\n    IF (TG_OP <> 'INSERT' AND OLD.role = 'focal_point') OR (TG_OP <> 'DELETE' AND NEW.role = 'focal_point') THEN\n        UPDATE members_city SET facts_changed_at = now()\n        WHERE confirmed_at IS NOT NULL AND facts_changed_at IS NULL\n            AND id = COALESCE(NEW.city_id, OLD.city_id);\n    END IF;\n    RETURN NULL;\n", hash='255e3873136ac41fb3126a6cee76fa8afdf61b6b', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_focal_point_is_a_fact_5dcf5', table='members_membership', when='AFTER')), pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "members_membershipevent" ("city_id", "confirmed_at", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."city_id", NEW."confirmed_at", NEW."created_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;', hash='dded5b8bb7ffddf6567c8b4da25f71c21df2c900', operation='INSERT', pgid='pgtrigger_insert_insert_20243', table='members_membership', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "members_membershipevent" ("city_id", "confirmed_at", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."city_id", NEW."confirmed_at", NEW."created_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;', hash='4e035f6474d6acf7db477aa704c01c58b5b3234a', operation='UPDATE', pgid='pgtrigger_update_update_f5071', table='members_membership', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "members_membershipevent" ("city_id", "confirmed_at", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."city_id", OLD."confirmed_at", OLD."created_at", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;', hash='eee449ebc095181725a3793465f4bd34ac4cc9aa', operation='DELETE', pgid='pgtrigger_delete_delete_84b9f', table='members_membership', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='MembershipEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('id', models.BigIntegerField()),
                        ('role', models.CharField(choices=[('focal_point', 'Focal point'), ('editor', 'Editor'), ('viewer', 'Viewer')], max_length=20, verbose_name='role')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('city', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='members.city', verbose_name='city')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='members.membership')),
                        ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0f6d8ff46c2f4bfa59455a4a3ce243a972dcfd89', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6dbe4', table='members_membershipevent', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='CityEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('id', models.BigIntegerField()),
                        ('slug', models.SlugField(db_index=False, editable=False, max_length=120)),
                        ('name', models.CharField(max_length=100, verbose_name='name')),
                        ('name_en', models.CharField(max_length=100, null=True, verbose_name='name')),
                        ('name_fr', models.CharField(max_length=100, null=True, verbose_name='name')),
                        ('country', django_countries.fields.CountryField(max_length=2, verbose_name='country')),
                        ('unit_type', models.CharField(choices=[('city', 'City'), ('municipality', 'Municipality'), ('district', 'District'), ('county', 'County'), ('province', 'Province'), ('state', 'State')], default='city', max_length=20, verbose_name='unit type')),
                        ('geonames_id', models.PositiveIntegerField(blank=True, null=True, verbose_name='GeoNames id')),
                        ('latitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                        ('longitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                        ('population', models.PositiveIntegerField(blank=True, null=True, verbose_name='population')),
                        ('time_zone', models.CharField(blank=True, max_length=50, validators=[members.models.user.validate_time_zone], verbose_name='time zone')),
                        ('status', models.CharField(choices=[('member', 'Member'), ('engaged', 'Partner city (not a member)'), ('applicant', 'Applicant'), ('former', 'Former member')], max_length=20, verbose_name='status')),
                        ('joined_year', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(2000), django.core.validators.MaxValueValidator(2100)], verbose_name='year joined')),
                        ('source', models.CharField(help_text='The page that says so, or words for it.', max_length=500, verbose_name='source')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='members.city')),
                        ('region', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='members.region', verbose_name='region')),
                        ('confirmed_by', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed by the city')),
                        ('facts_changed_at', models.DateTimeField(editable=False, null=True, verbose_name='changed since the city confirmed it')),
                        ('needs_sign_off', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='a focal point releases what editors write')),
                        ('hidden_at', models.DateTimeField(editable=False, null=True, verbose_name='hidden')),
                        ('hidden_by', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                        ('hidden_reason', models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='reason')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4e4172d54f4a38862ca2f7a0b9fb659d63d51dc9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_06687', table='members_cityevent', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='AccountMail',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('email', models.EmailField(max_length=254)),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'Français')], max_length=2)),
                        ('template', models.CharField(max_length=100)),
                        ('values', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('values', {}), models.Q(('mail_attempts__lt', 10), ('mailed_at', None)), _connector='OR'), name='account_mail_keeps_no_secret'), models.CheckConstraint(condition=models.Q(('language__in', ('en', 'fr'))), name='account_mail_language_known')],
                    },
                ),
                migrations.CreateModel(
                    name='OpenForm',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('form', models.CharField(max_length=100)),
                        ('since', models.DateTimeField(default=django.utils.timezone.now)),
                        ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['form', 'seen_at'], name='members_ope_form_65d3e2_idx')],
                        'constraints': [models.UniqueConstraint(fields=('user', 'form'), name='open_form_once_a_person'), models.CheckConstraint(condition=models.Q(('seen_at__gte', models.F('since'))), name='open_form_seen_after_it_was_opened', violation_error_message='A form is seen after it was opened, not before.')],
                    },
                ),
                migrations.CreateModel(
                    name='Scratch',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('form', models.CharField(max_length=100)),
                        ('fields', models.JSONField()),
                        ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('user', 'form'), name='scratch_once_a_person_and_form')],
                    },
                ),
                migrations.CreateModel(
                    name='SentForm',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('opened', models.UUIDField()),
                        ('words', models.CharField(max_length=64)),
                        ('address', models.CharField(max_length=500)),
                        ('message', models.TextField()),
                        ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('user', 'opened', 'words'), name='sent_form_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Correction',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('fact', models.CharField(choices=[('name_en', 'Name in English'), ('name_fr', 'Name in French'), ('country', 'Country'), ('region', 'Region'), ('unit_type', 'Type of local government'), ('status', 'In the network'), ('joined_year', 'Year joined'), ('population', 'Population'), ('focal_point', 'Focal point')], max_length=20, verbose_name='fact')),
                        ('value', models.CharField(max_length=200, verbose_name='right value')),
                        ('source', models.CharField(max_length=500, verbose_name='source')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('decided_at', models.DateTimeField(editable=False, null=True)),
                        ('is_accepted', models.BooleanField(editable=False, null=True)),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections_made', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                        ('city', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='members.city', verbose_name='city')),
                        ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections_decided', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'correction',
                        'verbose_name_plural': 'corrections',
                        'constraints': [models.CheckConstraint(condition=models.Q(('fact__in', ['name_en', 'name_fr', 'country', 'region', 'unit_type', 'status', 'joined_year', 'population', 'focal_point'])), name='correction_fact_known'), models.CheckConstraint(condition=models.Q(models.Q(('value', ''), _negated=True), models.Q(('source', ''), _negated=True)), name='correction_has_value_and_source', violation_error_message='A correction gives the right value and its source.'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('is_accepted__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('is_accepted__isnull', False)), _connector='OR'), name='correction_decided_by_someone', violation_error_message='A decision says by whom and when.')],
                    },
                ),
                migrations.CreateModel(
                    name='Notice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('kind', models.CharField(choices=[('role_changed', 'Role Changed'), ('removed', 'Removed'), ('accepted', 'Accepted'), ('drafts', 'Drafts'), ('closing', 'Closing'), ('closed', 'Closed'), ('corrected', 'Corrected'), ('not_corrected', 'Not Corrected')], max_length=20)),
                        ('role', models.CharField(blank=True, choices=[('focal_point', 'Focal point'), ('editor', 'Editor'), ('viewer', 'Viewer')], max_length=20)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('about', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('city', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.city')),
                        ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['role_changed', 'removed', 'accepted', 'drafts', 'closing', 'closed', 'corrected', 'not_corrected'])), name='notice_kind_known'), models.CheckConstraint(condition=models.Q(('role__in', ['', 'focal_point', 'editor', 'viewer'])), name='notice_role_known')],
                    },
                ),
                migrations.CreateModel(
                    name='Reminder',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('week', models.DateField()),
                        ('message_id', models.CharField(default=scn_portal.base.mail.rendering.new_message_id, editable=False, max_length=255)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('user', 'week'), name='reminder_once_a_week'), models.CheckConstraint(condition=models.Q(('week__iso_week_day', 1)), name='reminder_week_begins_on_monday')],
                    },
                ),
                migrations.CreateModel(
                    name='Vacancy',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('reason', models.TextField(verbose_name='reason')),
                        ('recorded_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='recorded')),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                        ('city', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vacancies', to='members.city', verbose_name='city')),
                        ('left_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ],
                    options={
                        'verbose_name': 'city left without a focal point',
                        'verbose_name_plural': 'cities left without a focal point',
                        'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='vacancy_has_a_reason', violation_error_message='Write why the city is left without a focal point.')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0f647dd3128acb39cbe4f4b79a1bec207ba6f5bf', operation='UPDATE', pgid='pgtrigger_append_only_0139a', table='members_vacancy', when='BEFORE')), pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='513afdd98ded077ce530a4374ddcf10af628353b', operation='DELETE', pgid='pgtrigger_kept_e344f', table='members_vacancy', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='RiskAnswer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('about', models.CharField(max_length=100)),
                        ('found', models.TextField(verbose_name='words')),
                        ('answer', models.TextField(verbose_name='why they can be public')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                        ('city', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.city', verbose_name='city')),
                    ],
                    options={
                        'verbose_name': 'answer about a risk',
                        'verbose_name_plural': 'answers about risks',
                        'ordering': ['-at', '-pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('answer', ''), _negated=True), name='risk_answer_given', violation_error_message='Take it out, or say why it can be public.')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7a0a6bd1f4a645b54d40a9ed7a14684b99bbbe1f', operation='UPDATE', pgid='pgtrigger_append_only_a9028', table='members_riskanswer', when='BEFORE')), pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ea4d87d220056e6ed1db9b227f71a68ff89d5d59', operation='DELETE', pgid='pgtrigger_kept_0921c', table='members_riskanswer', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='Proposal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('about', models.CharField(max_length=100)),
                        ('fields', models.JSONField(blank=True, db_default={}, default=dict)),
                        ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                        ('city', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='members.city', verbose_name='city')),
                    ],
                    options={
                        'verbose_name': 'proposal',
                        'verbose_name_plural': 'proposals',
                        'ordering': ['at', 'pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('fields', {})), fields=('about',), name='proposal_once', violation_error_message='This already waits for a focal point.')],
                    },
                ),
            ],
        ),
    ]
