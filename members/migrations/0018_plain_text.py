from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# Text in small letters without accents, and its words, so that an index can hold them: `unaccent` is only STABLE, as its
# dictionary may be replaced. Nobody replaces ours.
FUNCTIONS = """
CREATE FUNCTION scn_plain(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT lower(public.unaccent('public.unaccent'::regdictionary, said))
$$;
CREATE FUNCTION scn_words(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, public AS $$
    SELECT regexp_split_to_array(scn_plain(normalize(said, NFKC)), '[^[:alnum:]]+')
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0017_raises_generation'),
    ]

    operations = [
        TrigramExtension(),  # several apps have indexes of it
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION scn_words(text); DROP FUNCTION scn_plain(text);"),
    ]
