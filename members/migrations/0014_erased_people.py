from django.db import migrations, models

# What triggers guard and nobody may change, changed by a function of the owner of the tables: they alone can switch the
# triggers off. They are on again when this ends, and other writers wait meanwhile. Nobody else can use it.
REWRITE = r"""
CREATE FUNCTION scn_rewrite_history(of_table text, statement text, argument text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    rows bigint;
BEGIN
    -- A table with triggers that wait for the end of the transaction could not be altered.
    SET CONSTRAINTS ALL IMMEDIATE;
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', of_table);
    EXECUTE statement USING argument;
    GET DIAGNOSTICS rows = ROW_COUNT;
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', of_table);
    SET CONSTRAINTS ALL DEFERRED;
    RETURN rows;
END $$;

-- The addresses of invitations that were deleted go from their history too. Returns of how many events.
CREATE FUNCTION scn_forget_invitations() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    condition CONSTANT text :=
        $c$ email <> $1 AND NOT EXISTS (SELECT 1 FROM members_invitation i WHERE i.id = t.pgh_obj_id) $c$;
    is_there boolean;
BEGIN
    IF to_regclass('members_invitationevent') IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM members_invitationevent AS t WHERE ' || condition || ')'
    INTO is_there USING ''::text;
    IF NOT is_there THEN
        RETURN 0;
    END IF;
    RETURN scn_rewrite_history(
        'members_invitationevent', 'UPDATE members_invitationevent AS t SET email = $1 WHERE ' || condition, ''
    );
END $$;
"""
DROP = """
DROP FUNCTION scn_forget_invitations();
DROP FUNCTION scn_rewrite_history(text, text, text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('members', '0001_squashed_0013_hidden_city'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email__endswith', '@erased.invalid'), _negated=True), models.Q(('function', ''), ('is_active', False), ('name', '')), _connector='OR'), name='user_erased_is_nobody', violation_error_message='An address at erased.invalid belongs to nobody.'),
        ),
        migrations.RunSQL(REWRITE, DROP),
    ]
