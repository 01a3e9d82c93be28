from django.db import migrations


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "ALTER TABLE members_region ADD COLUMN note_of_the_test text",
            "ALTER TABLE members_region DROP COLUMN note_of_the_test",
        )
    ]
