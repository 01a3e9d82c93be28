"""All of `site` as one migration: what an empty database is made by, in place of three."""

import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from scn_portal.base.migration_operations import CreateModels

GROUP = "Moderators"
# app, model and codename of what the staff may do; Django makes the rows of permissions only after all migrations.
PERMISSIONS = [
    ("practices", "revision", "moderate_revision", "Can moderate practices"),
    ("members", "invitation", "add_invitation", "Can add invitation"),
    ("members", "city", "change_city", "Can change city"),
    ("digests", "nextissue", "run_newsletter", "Can prepare, pause and send the newsletter"),
]


def make_group(apps, schema_editor) -> None:
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for app, model, codename, name in PERMISSIONS:
        content_type, _created = content_types.get_or_create(app_label=app, model=model)
        permission, _created = permissions.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):

    replaces = [
        ('site', '0001_text_pages'),
        ('site', '0002_moderators'),
        ('site', '0003_concerns'),
    ]

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('digests', '0001_squashed_0010_chosen_items'),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name='TextPage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=40, unique=True)),
                        ('title_en', models.CharField(max_length=200)),
                        ('title_fr', models.CharField(max_length=200)),
                        ('keywords_en', models.TextField()),
                        ('keywords_fr', models.TextField()),
                        ('text_en', models.TextField()),
                        ('text_fr', models.TextField()),
                        ('search_fr', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_fr', config='scn_french', weight='A'), '||', django.contrib.postgres.search.SearchVector('keywords_fr', config='scn_french', weight='B'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('text_fr', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), output_field=django.contrib.postgres.search.SearchVectorField())),
                        ('search_en', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_en', config='scn_english', weight='A'), '||', django.contrib.postgres.search.SearchVector('keywords_en', config='scn_english', weight='B'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('text_en', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), output_field=django.contrib.postgres.search.SearchVectorField())),
                    ],
                ),
                migrations.CreateModel(
                    name='Concern',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('page', models.CharField(max_length=500, verbose_name='page')),
                        ('version', models.CharField(blank=True, max_length=60, verbose_name='version')),
                        ('words', models.TextField(verbose_name='your concern')),
                        ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'Français')], max_length=2)),
                        ('network', models.CharField(blank=True, max_length=64)),
                        ('reported_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('closed_at', models.DateTimeField(editable=False, null=True)),
                        ('closed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['-reported_at', '-pk'],
                        'default_permissions': (),
                        'indexes': [models.Index(fields=['reported_at'], name='concern_reported')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('words__gt', ''), ('page__startswith', '/')), name='concern_says_what_about_which_page', violation_error_message='A concern has words, and the page that it is about.'), models.CheckConstraint(condition=models.Q(('language__in', ('en', 'fr'))), name='concern_language_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='concern_closed_by_someone', violation_error_message='What is closed says by whom and when.')],
                    },
                ),
                migrations.CreateModel(
                    name='ConcernAnswer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('words', models.TextField(verbose_name='what became of it')),
                        ('concern', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='answer', to='site.concern')),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.CheckConstraint(condition=models.Q(('words__gt', '')), name='concern_answer_says_something', violation_error_message='Say what became of it.')],
                    },
                ),
                migrations.CreateModel(
                    name='PatrolSeat',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('up_to', models.BigIntegerField()),
                        ('up_to_at', models.DateTimeField()),
                        ('moderator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='patrol_seat', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'default_permissions': (),
                    },
                ),
                migrations.CreateModel(
                    name='PatrolTick',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('city', 'City'), ('pledge', 'Pledge'), ('milestone', 'Milestone'), ('update', 'Progress update'), ('practice', 'Practice')], max_length=10)),
                        ('key', models.BigIntegerField()),
                        ('record', models.BigIntegerField()),
                        ('record_at', models.DateTimeField()),
                        ('moderator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='patrol_ticks', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(fields=('moderator', 'kind', 'key'), name='patrol_tick_once_a_row', violation_error_message='This is ticked off already.')],
                    },
                ),
                migrations.CreateModel(
                    name='Takedown',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('kind', models.CharField(choices=[('practice', 'Practice'), ('document', 'Document'), ('picture', 'Lead picture'), ('pledge', 'Pledge'), ('milestone', 'Milestone'), ('update', 'Progress update'), ('city', 'City')], max_length=10)),
                        ('key', models.BigIntegerField()),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('reason', models.TextField(verbose_name='reason')),
                        ('sentence_fr', models.CharField(blank=True, max_length=300, verbose_name='public sentence in French')),
                        ('sentence_en', models.CharField(blank=True, max_length=300, verbose_name='public sentence in English')),
                        ('restored_at', models.DateTimeField(editable=False, null=True)),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('city', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.city')),
                        ('restored_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['-at', '-pk'],
                        'default_permissions': (),
                        'indexes': [models.Index(fields=['kind', 'key', '-at'], name='takedown_of_a_row')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['practice', 'document', 'picture', 'pledge', 'milestone', 'update', 'city'])), name='takedown_kind_known', violation_error_message='This is nothing that can be taken down.'), models.CheckConstraint(condition=models.Q(('reason__gt', '')), name='takedown_says_why', violation_error_message='Give a reason: the city reads it.'), models.CheckConstraint(condition=models.Q(models.Q(('restored_at__isnull', True), ('restored_by__isnull', True)), models.Q(('restored_at__isnull', False), ('restored_by__isnull', False)), _connector='OR'), name='takedown_restored_by_someone', violation_error_message='What is shown again says by whom and when.')],
                    },
                ),
            ],
        ),
        # Going back leaves the group: people may be in it.
        migrations.RunPython(make_group, migrations.RunPython.noop),
    ]
