from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the index

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('site', '0005_raises_generation'),
    ]

    operations = [
        # What one person did, among everything: the table is of another package, whose models name no such index.
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS scn_history_by_user ON pghistory_context ((metadata -> 'user'))",
            "DROP INDEX IF EXISTS scn_history_by_user",
        ),
    ]
