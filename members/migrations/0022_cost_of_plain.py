from django.db import migrations

# Removing accents from a title takes about 9 µs, several times as long as the planner believes. With its real cost, a
# rare word is found by the indexes of parts of words, instead of by reading all titles in order.
COST = "ALTER FUNCTION scn_plain(text) COST 400"
BEFORE = "ALTER FUNCTION scn_plain(text) COST 100"


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0021_parts_of_names"),
    ]

    operations = [
        migrations.RunSQL(COST, BEFORE),
    ]
