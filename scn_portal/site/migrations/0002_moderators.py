from django.db import migrations

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
    """The group of the staff who moderate, with its permissions. Going back leaves it: people may be in it."""

    dependencies = [
        ("site", "0001_text_pages"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("members", "0012_staff_invitations"),
        ("practices", "0011_desk_queue"),
        ("digests", "0008_plain_words"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
