from django.db import connection, migrations, transaction

BATCH = 1_000


def keep_all(apps, schema_editor):
    """In the order of their publication, so that the rows of one time stand together. Some at a time, since cities are
    locked meanwhile; the triggers stand already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM practices_revision WHERE status = 'published' ORDER BY published_at, id")
        keys = [key for (key,) in cursor.fetchall()]
        for start in range(0, len(keys), BATCH):
            with transaction.atomic():
                cursor.execute("SELECT scn_keep_searched(%s)", [keys[start : start + BATCH]])
        cursor.execute("ANALYZE practices_searchedrevision")


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('practices', '0023_what_practices_are_found_by'),
    ]

    operations = [
        migrations.RunPython(keep_all, migrations.RunPython.noop),
    ]
