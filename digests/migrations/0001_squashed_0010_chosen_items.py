"""All of `digests` as one migration: what an empty database is made by, in place of ten.

Left out, since an empty database has no rows to move: the items of the issues before items (0004), and the permissions
under the old name of `NextIssue` (0006).
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
import scn_portal.base.mail.rendering
from django.conf import settings
from django.db import migrations, models

from scn_portal.base.migration_operations import CreateModels


class Migration(migrations.Migration):

    replaces = [
        ('digests', '0001_initial'),
        ('digests', '0002_initial'),
        ('digests', '0003_several_frequencies'),
        ('digests', '0004_items_of_past_issues'),
        ('digests', '0005_rules_of_issues'),
        ('digests', '0006_standard_names'),
        ('digests', '0007_newly_recorded'),
        ('digests', '0008_plain_words'),
        ('digests', '0009_next_issue_version'),
        ('digests', '0010_chosen_items'),
    ]

    initial = True

    dependencies = [
        ('practices', '0001_squashed_0012_documents_taken_down'),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name='Subscription',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('email', models.EmailField(max_length=254, verbose_name='email address')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'Français')], max_length=2, verbose_name='language')),
                        ('frequency', models.CharField(choices=[('weekly', 'Every week'), ('monthly', 'Every month')], default='weekly', max_length=20, verbose_name='how often')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='first asked on')),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed on')),
                        ('unsubscribed_at', models.DateTimeField(editable=False, null=True, verbose_name='unsubscribed on')),
                        ('refusals', models.PositiveSmallIntegerField(default=0, editable=False, help_text='Three suspend the address.', verbose_name='refusals in a row')),
                        ('suspended_at', models.DateTimeField(editable=False, null=True, verbose_name='suspended on')),
                        ('last_item_id', models.BigIntegerField(editable=False, null=True)),
                        ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None, verbose_name='topics')),
                    ],
                    options={
                        'verbose_name': 'subscription',
                        'verbose_name_plural': 'subscriptions',
                        'ordering': ['-created_at'],
                        'indexes': [models.Index(condition=models.Q(('confirmed_at__isnull', False), ('suspended_at', None), ('unsubscribed_at', None)), fields=['frequency', 'confirmed_at'], name='subscription_active')],
                        'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='subscription_email_once', violation_error_message='This address already has a subscription.'), models.CheckConstraint(condition=models.Q(('unsubscribed_at__isnull', True), ('confirmed_at__isnull', False), _connector='OR'), name='subscription_confirmed_before_it_ends', violation_error_message='Only a confirmed subscription can be given up.'), models.CheckConstraint(condition=models.Q(('language__in', ('en', 'fr'))), name='subscription_language_known', violation_error_message='The newsletter is written in French and in English.'), models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly'])), name='subscription_frequency_known', violation_error_message='The newsletter does not come that often.')],
                    },
                ),
                migrations.CreateModel(
                    name='Issue',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('frequency', models.CharField(choices=[('weekly', 'Every week'), ('monthly', 'Every month')], max_length=20, verbose_name='how often')),
                        ('starts_at', models.DateTimeField(verbose_name='from')),
                        ('ends_at', models.DateTimeField(verbose_name='until')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='composed on')),
                        ('introduction_en', models.TextField(blank=True, verbose_name='introduction in English')),
                        ('introduction_fr', models.TextField(blank=True, verbose_name='introduction in French')),
                        ('items_from', models.BigIntegerField(editable=False)),
                        ('items_until', models.BigIntegerField(editable=False)),
                    ],
                    options={
                        'verbose_name': 'issue',
                        'verbose_name_plural': 'issues',
                        'ordering': ['-ends_at'],
                        'get_latest_by': 'ends_at',
                        'constraints': [models.CheckConstraint(condition=models.Q(('starts_at__lt', models.F('ends_at'))), name='issue_ends_after_it_starts', violation_error_message='A period ends after it starts.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('frequency', '='), (models.Func('starts_at', 'ends_at', function='TSTZRANGE', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='issue_periods_apart', violation_error_message='Another issue covers part of this period.'), models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly'])), name='issue_frequency_known'), models.CheckConstraint(condition=models.Q(('items_from__lt', models.F('items_until'))), name='issue_tells_something')],
                    },
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('message_id', models.CharField(default=scn_portal.base.mail.rendering.new_message_id, editable=False, max_length=255, unique=True)),
                        ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='digests.issue', verbose_name='issue')),
                        ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='digests.subscription')),
                        ('outcome', models.CharField(blank=True, choices=[('', 'waiting'), ('sent', 'sent'), ('empty', 'nothing for this reader'), ('refused', 'refused'), ('dropped', 'no longer wanted')], default='', max_length=10, verbose_name='outcome')),
                    ],
                    options={
                        'verbose_name': 'delivery',
                        'verbose_name_plural': 'deliveries',
                        'indexes': [models.Index(condition=models.Q(('outcome', '')), fields=['mail_after', 'id'], name='delivery_due'), models.Index(condition=models.Q(('outcome', '')), fields=['subscription', 'id'], name='delivery_of_a_reader')],
                        'constraints': [models.UniqueConstraint(fields=('issue', 'subscription'), name='delivery_once', violation_error_message='This subscriber already has this issue.'), models.CheckConstraint(condition=models.Q(('message_id', ''), _negated=True), name='delivery_has_a_message_id'), models.CheckConstraint(condition=models.Q(models.Q(('mailed_at__isnull', False), ('outcome', 'sent')), models.Q(('mailed_at', None), ('outcome__in', ['', 'empty', 'refused', 'dropped'])), _connector='OR'), name='delivery_sent_has_a_time'), models.CheckConstraint(condition=models.Q(('mail_attempts__lt', 10), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='delivery_given_up_is_settled')],
                    },
                ),
                migrations.CreateModel(
                    name='Consent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mailed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('mail_after', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('form', models.CharField(choices=[('newsletter', 'Page of the newsletter'), ('follow', '“Follow” on a page'), ('account', 'Account'), ('preferences', 'Preferences')], max_length=20, verbose_name='form')),
                        ('statement', models.TextField(help_text='The words beside the button.', verbose_name='what was agreed to')),
                        ('language', models.CharField(choices=[('en', 'English'), ('fr', 'Français')], max_length=2, verbose_name='language')),
                        ('frequency', models.CharField(choices=[('weekly', 'Every week'), ('monthly', 'Every month')], max_length=20, verbose_name='how often')),
                        ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None, verbose_name='topics')),
                        ('asked_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='asked on')),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed on')),
                        ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='digests.subscription')),
                    ],
                    options={
                        'verbose_name': 'consent',
                        'verbose_name_plural': 'consents',
                        'ordering': ['-asked_at', '-pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('statement', ''), _negated=True), name='consent_says_what_to'), models.CheckConstraint(condition=models.Q(('language__in', ('en', 'fr'))), name='consent_language_known'), models.CheckConstraint(condition=models.Q(('form__in', ['newsletter', 'follow', 'account', 'preferences'])), name='consent_form_known'), models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly'])), name='consent_frequency_known')],
                    },
                ),
                migrations.CreateModel(
                    name='Item',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('practice', 'Newly recorded practices'), ('pledge', 'Newly recorded pledges'), ('done', 'Pledges completed'), ('member', 'New members'), ('deadline', 'Upcoming deadlines')], max_length=20)),
                        ('happened_at', models.DateTimeField()),
                        ('city', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.city')),
                        ('milestone', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='commitments.milestone')),
                        ('pledge', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='commitments.pledge')),
                        ('practice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='practices.practice')),
                        ('left_out_at', models.DateTimeField(editable=False, null=True)),
                        ('left_out_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('city', None), ('kind', 'practice'), ('milestone', None), ('pledge', None), ('practice__isnull', False)), models.Q(('city', None), ('kind__in', ['pledge', 'done']), ('milestone', None), ('pledge__isnull', False), ('practice', None)), models.Q(('city__isnull', False), ('kind', 'member'), ('milestone', None), ('pledge', None), ('practice', None)), models.Q(('city', None), ('kind', 'deadline'), ('milestone__isnull', False), ('pledge', None), ('practice', None)), _connector='OR'), name='item_is_about_what_its_kind_says'), models.UniqueConstraint(fields=('kind', 'practice'), name='item_once_a_practice'), models.UniqueConstraint(fields=('kind', 'pledge'), name='item_once_a_pledge'), models.UniqueConstraint(fields=('kind', 'milestone'), name='item_once_a_milestone'), models.UniqueConstraint(fields=('kind', 'city'), name='item_once_a_city'), models.CheckConstraint(condition=models.Q(models.Q(('left_out_at__isnull', True), ('left_out_by__isnull', True)), models.Q(('left_out_at__isnull', False), ('left_out_by__isnull', False)), _connector='OR'), name='item_left_out_by_someone', violation_error_message='What is left out says by whom and when.')],
                    },
                ),
                migrations.CreateModel(
                    name='NextIssue',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('frequency', models.CharField(choices=[('weekly', 'Every week'), ('monthly', 'Every month')], max_length=20, unique=True)),
                        ('introduction_fr', models.TextField(blank=True, verbose_name='introduction in French')),
                        ('introduction_en', models.TextField(blank=True, verbose_name='introduction in English')),
                        ('paused_at', models.DateTimeField(editable=False, null=True, verbose_name='paused on')),
                        ('paused_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                    ],
                    options={
                        'permissions': [('run_newsletter', 'Can prepare, pause and send the newsletter')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('paused_at', None), ('paused_by', None)), models.Q(('paused_at__isnull', False), ('paused_by__isnull', False)), _connector='OR'), name='next_issue_paused_by_someone'), models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly'])), name='next_issue_frequency_known')],
                        'triggers': [pgtrigger.compiler.Trigger(name='raises_version', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.version := OLD.version + 1; RETURN NEW;', hash='e658f82feb99863b13af8447ab93016907b7f389', operation='UPDATE', pgid='pgtrigger_raises_version_a647e', table='digests_nextissue', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='Postponement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('frequency', models.CharField(choices=[('weekly', 'Every week'), ('monthly', 'Every month')], max_length=20)),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('until', models.DateTimeField()),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('carried', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='carried', to='digests.issue')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='postponements', to='digests.item')),
                        ('skipped', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='skipped', to='digests.issue')),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(fields=('item', 'frequency'), name='postponement_once_a_frequency', violation_error_message='This has already been put off once.'), models.CheckConstraint(condition=models.Q(('carried__isnull', True), models.Q(('skipped__isnull', False), models.Q(('carried', models.F('skipped')), _negated=True)), _connector='OR'), name='postponement_skipped_before_it_is_carried', violation_error_message='An issue carries what an earlier one has left out.'), models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly'])), name='postponement_frequency_known')],
                    },
                ),
            ],
        ),
    ]
