"""The configurations of full-text search, which the other apps build on."""

from django.db import migrations


def configuration(name, copied, dictionary):
    """Like `copied`, but an accent is no matter."""
    return migrations.RunSQL(
        f"CREATE TEXT SEARCH CONFIGURATION {name} (COPY = {copied});"
        f"ALTER TEXT SEARCH CONFIGURATION {name}"
        f" ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {dictionary};",
        f"DROP TEXT SEARCH CONFIGURATION {name};",
    )


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [
        configuration("scn_french", "french", "french_stem"),
        configuration("scn_english", "english", "english_stem"),
        configuration("scn_names", "simple", "simple"),
    ]
