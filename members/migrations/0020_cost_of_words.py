from django.db import migrations

# Splitting a name takes ten times as long as the planner believes of any function in SQL. With its real cost, the names
# in a text are found by `user_words_of_name` from a few thousand people on, instead of splitting the name of each.
COST = "ALTER FUNCTION scn_words(text) COST 1000"
BEFORE = "ALTER FUNCTION scn_words(text) COST 100"


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0019_names_in_texts'),
    ]

    operations = [
        migrations.RunSQL(COST, BEFORE),
    ]
