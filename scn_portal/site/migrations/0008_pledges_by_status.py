from importlib import import_module

import django.contrib.postgres.fields
from django.db import migrations, models

BEFORE = import_module("scn_portal.site.migrations.0007_city_records").CITY_RECORDS
# As before, with the column at the end of both functions. The next migration fills it in.
CITY_RECORDS = """
CREATE OR REPLACE FUNCTION scn_city_records(the_cities bigint[]) RETURNS SETOF site_cityrecord
LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
    SELECT city.id, said.version, said.facts_version, place.x, place.y,
        lower(public.unaccent(city.name_en)), lower(public.unaccent(city.name_fr)),
        last.active_at, (last.active_at AT TIME ZONE 'UTC')::date,
        pledged.pledges + pledged.priors + practised.practices, pledged.pledges, pledged.priors, practised.practices,
        under.has_mark, under.pledged_under, under.pledges_by_number, under.practices_by_number, under.standings,
        by_status.pledges_by_status
    FROM members_city city
    CROSS JOIN LATERAL (
        SELECT CASE WHEN city.longitude IS NOT NULL THEN least(65535, floor(65536 * (city.longitude + 180) / 360)) END::int,
            CASE WHEN city.latitude IS NOT NULL THEN floor(65536 * (
                0.5 - asinh(tan(radians(greatest(-85.05, least(85.05, city.latitude))))) / (2 * pi())
            )) END::int
    ) AS place (x, y)
    CROSS JOIN LATERAL (
        SELECT COALESCE((SELECT max(id) FROM base_publicrecord), 0) AS version,
            COALESCE((SELECT id FROM base_publicrecord WHERE kind = 'city' AND key = city.id), 0) AS facts_version
    ) AS said
    CROSS JOIN LATERAL (
        SELECT COALESCE(array_agg(pledge.id), '{}') AS keys, max(pledge.updated_at) AS changed_at,
            count(*) FILTER (WHERE prior.is_prior)::int AS priors,
            count(*) FILTER (WHERE NOT prior.is_prior)::int AS pledges,
            COALESCE(array_agg(pledge.id) FILTER (WHERE NOT prior.is_prior), '{}') AS counted
        FROM commitments_pledge pledge
        JOIN commitments_commitment commitment ON commitment.id = pledge.commitment_id
        JOIN commitments_declaration declaration ON declaration.id = commitment.declaration_id
        CROSS JOIN LATERAL (SELECT pledge.announced_on <> '' AND
            left(pledge.announced_on, least(length(pledge.announced_on), length(declaration.adopted_on)))
            < left(declaration.adopted_on, least(length(pledge.announced_on), length(declaration.adopted_on)))
        ) AS prior (is_prior)
        WHERE pledge.city_id = city.id AND city.hidden_at IS NULL
            AND pledge.published_at IS NOT NULL AND pledge.taken_down_at IS NULL
    ) AS pledged
    CROSS JOIN LATERAL (
        SELECT max(report.created_at) AS reported_at FROM commitments_progressupdate report
        WHERE report.pledge_id = ANY (pledged.keys) AND report.taken_down_at IS NULL
    ) AS reported
    CROSS JOIN LATERAL (
        SELECT count(*)::int AS practices, max(revision.published_at) AS published_at,
            COALESCE(array_agg(revision.id), '{}') AS keys
        FROM practices_practice practice JOIN practices_revision revision ON revision.practice_id = practice.id
        WHERE practice.city_id = city.id AND revision.status = 'published' AND city.hidden_at IS NULL
    ) AS practised
    CROSS JOIN LATERAL (
        SELECT greatest(pledged.changed_at, reported.reported_at, practised.published_at) AS active_at
    ) AS last
    CROSS JOIN LATERAL (
        SELECT COALESCE(bool_or(pledges + practices > 0), false) AS has_mark,
            COALESCE(array_agg(number ORDER BY number) FILTER (WHERE pledges > 0), '{}') AS pledged_under,
            array_agg(pledges ORDER BY number) AS pledges_by_number,
            array_agg(practices ORDER BY number) AS practices_by_number,
            COALESCE(jsonb_object_agg(number, jsonb_build_array(to_jsonb(statuses), first, pledges, practices))
                FILTER (WHERE pledges + practices > 0), '{}') AS standings
        FROM (
            SELECT seven.number::smallint AS number, COALESCE(of_pledges.statuses, '{}') AS statuses, of_pledges.first,
                COALESCE(of_pledges.pledges, 0) AS pledges, COALESCE(of_practices.practices, 0) AS practices
            FROM generate_series(1, 7) AS seven (number)
            LEFT JOIN (
                SELECT commitment.number, count(*)::int AS pledges,
                    (array_agg(pledge.status::text ORDER BY pledge.created_at, pledge.id))[1:40] AS statuses,
                    (array_agg(pledge.id ORDER BY pledge.created_at, pledge.id))[1] AS first
                FROM commitments_pledge pledge
                JOIN commitments_commitment commitment ON commitment.id = pledge.commitment_id
                WHERE pledge.id = ANY (pledged.counted) GROUP BY commitment.number
            ) AS of_pledges USING (number)
            LEFT JOIN (
                SELECT commitment.number, count(*)::int AS practices
                FROM practices_revisioncommitment served
                JOIN commitments_commitment commitment ON commitment.id = served.commitment_id
                WHERE served.revision_id = ANY (practised.keys) GROUP BY commitment.number
            ) AS of_practices USING (number)
        ) AS each
    ) AS under
    CROSS JOIN LATERAL (
        SELECT array_agg(COALESCE(counted.pledges, 0) ORDER BY each.place) AS pledges_by_status
        FROM unnest(ARRAY['announced', 'planned', 'adopted', 'under_way', 'done', 'paused', 'dropped'])
            WITH ORDINALITY AS each (status, place)
        LEFT JOIN (
            SELECT pledge.status, count(*)::int AS pledges FROM commitments_pledge pledge
            WHERE pledge.id = ANY (pledged.counted) GROUP BY pledge.status
        ) AS counted USING (status)
    ) AS by_status
    WHERE city.id = ANY (the_cities)
$$;

-- Makes the records of cities true, at the end of a transaction or at any time. A version never goes back: it is the
-- number of the last public record of all, which is above that of any record of the city.
CREATE OR REPLACE FUNCTION scn_keep_city_records(the_cities bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept bigint;
BEGIN
    DELETE FROM site_cityrecord WHERE city_id = ANY (the_cities)
        AND NOT EXISTS (SELECT FROM members_city WHERE id = city_id);
    INSERT INTO site_cityrecord AS record SELECT * FROM scn_city_records(the_cities)
    ON CONFLICT (city_id) DO UPDATE SET (version, facts_version, map_x, map_y, name_key_en, name_key_fr, active_at, active_on,
        record_count, pledge_count, prior_count, practice_count, has_mark, pledged_under, pledges_by_number,
        practices_by_number, standings, pledges_by_status
    ) = (greatest(record.version, excluded.version),
        CASE WHEN (record.pledged_under, record.has_mark, record.practice_count > 0, record.record_count > 0)
                = (excluded.pledged_under, excluded.has_mark, excluded.practice_count > 0, excluded.record_count > 0)
            THEN greatest(record.facts_version, excluded.facts_version) ELSE excluded.version END,
        excluded.map_x, excluded.map_y, excluded.name_key_en, excluded.name_key_fr,
        excluded.active_at, excluded.active_on, excluded.record_count, excluded.pledge_count, excluded.prior_count,
        excluded.practice_count, excluded.has_mark, excluded.pledged_under, excluded.pledges_by_number,
        excluded.practices_by_number, excluded.standings,
        excluded.pledges_by_status
    );
    GET DIAGNOSTICS kept = ROW_COUNT;
    RETURN kept;
END $$;
"""
WITHOUT = BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("commitments", "0020_pledges_by_status_and_age"), ("site", "0007_city_records")]

    operations = [
        # In this order both ways: a function must give the columns that the table has when it runs.
        migrations.RunSQL(migrations.RunSQL.noop, WITHOUT),
        migrations.AddField(
            model_name="cityrecord",
            name="pledges_by_status",
            field=django.contrib.postgres.fields.ArrayField(models.IntegerField(), db_default=[], default=list),
        ),
        migrations.RunSQL(CITY_RECORDS, migrations.RunSQL.noop),
    ]
