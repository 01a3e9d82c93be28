import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# The lock of `base.triggers` first, as in every trigger that takes it: two that raise it never wait for each other. Once
# a transaction; the setting ends with it, and with a savepoint that is rolled back.
#
# The sequence is asked under the lock, so its numbers rise in the order of the commits; and it is never behind the
# clock, so that a restored backup gives no number again. A transaction of REPEATABLE READ may not change a row that
# another one has changed meanwhile: it adds one, which the next raise takes away.
RAISE_GENERATION = """
    CREATE SEQUENCE base_generation_number OWNED BY base_generation.number;
    CREATE FUNCTION scn_raise_generation(is_taken_down boolean DEFAULT FALSE) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        raised text := COALESCE(current_setting('scn.raised', TRUE), '');
        moment timestamptz;
        next bigint;
    BEGIN
        IF raised = 'taken down' OR raised = 'changed' AND NOT is_taken_down THEN
            RETURN;
        END IF;
        PERFORM pg_advisory_xact_lock(5200601);
        moment := clock_timestamp();
        next := GREATEST(nextval('base_generation_number'), (extract(epoch FROM moment) * 1000000)::bigint);
        PERFORM setval('base_generation_number', next);
        IF current_setting('transaction_isolation') = 'read committed' THEN
            UPDATE base_generation SET number = next, changed_at = moment, taken_down =
                CASE WHEN is_taken_down THEN next ELSE (SELECT max(taken_down) FROM base_generation) END
            WHERE id = 1;
            DELETE FROM base_generation WHERE id <> 1;
        ELSE
            INSERT INTO base_generation (id, number, taken_down, changed_at)
            VALUES (next, next, CASE WHEN is_taken_down THEN next ELSE 0 END, moment);
        END IF;
        PERFORM set_config('scn.raised', CASE WHEN is_taken_down THEN 'taken down' ELSE 'changed' END, TRUE);
    END $$;
    INSERT INTO base_generation (id, number, taken_down, changed_at) VALUES (1, 0, 0, now());
    SELECT scn_raise_generation(TRUE);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0002_limited_use"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublicGeneration",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("taken_down", models.BigIntegerField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "base_generation",
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(
            RAISE_GENERATION,
            "DROP FUNCTION scn_raise_generation(boolean); DROP SEQUENCE base_generation_number",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicrecord',
            trigger=pgtrigger.compiler.Trigger(name='raises_generation', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF TRUE THEN\n                PERFORM scn_raise_generation(COALESCE(TG_OP = 'DELETE' OR OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL, FALSE));\n            END IF;\n            RETURN NULL;\n        ", hash='535d9e9000aee09ce129bf85c29890ecd5c932e7', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_raises_generation_f0783', table='base_publicrecord', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
