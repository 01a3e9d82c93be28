from django.db import connection, migrations, transaction

BATCH = 1_000


def keep_all(apps, schema_editor):
    """In the order of their publication, so that the rows of one time stand together. Some at a time, since cities are
    locked meanwhile; the triggers stand already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM commitments_pledge WHERE published_at IS NOT NULL ORDER BY published_at, id")
        keys = [key for (key,) in cursor.fetchall()]
        for start in range(0, len(keys), BATCH):
            with transaction.atomic():
                cursor.execute("SELECT scn_keep_searched_pledges(%s)", [keys[start : start + BATCH]])
        cursor.execute("ANALYZE commitments_searchedpledge")


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('commitments', '0021_what_pledges_are_found_by'),
    ]

    operations = [
        migrations.RunPython(keep_all, migrations.RunPython.noop),
    ]
