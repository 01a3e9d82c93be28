from django.db import migrations, models


def remove_permissions_of_the_old_name(apps, schema_editor):
    """`run_newsletter` stays: it moves with the content type. The four that Django makes are made anew."""
    names = [f"{verb}_upcoming" for verb in ("add", "change", "delete", "view")]
    permissions = apps.get_model("auth", "Permission").objects
    permissions.filter(content_type__app_label="digests", codename__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("digests", "0005_rules_of_issues"),
    ]

    operations = [
        migrations.RenameField(model_name="subscription", old_name="told_until", new_name="last_item_id"),
        migrations.RemoveConstraint(model_name="upcoming", name="upcoming_paused_by_someone"),
        migrations.RemoveConstraint(model_name="upcoming", name="upcoming_frequency_known"),
        migrations.RenameModel(old_name="Upcoming", new_name="NextIssue"),
        migrations.AddConstraint(
            model_name="nextissue",
            constraint=models.CheckConstraint(
                condition=models.Q(("paused_at", None), ("paused_by", None))
                | models.Q(("paused_at__isnull", False), ("paused_by__isnull", False)),
                name="next_issue_paused_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="nextissue",
            constraint=models.CheckConstraint(
                condition=models.Q(("frequency__in", ["weekly", "monthly"])), name="next_issue_frequency_known"
            ),
        ),
        migrations.RunPython(remove_permissions_of_the_old_name, migrations.RunPython.noop),
    ]
