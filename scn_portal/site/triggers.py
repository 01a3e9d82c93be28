"""Triggers that keep `CityRecord` up to date, whatever code or statement changes a row.

They run at the end of the transaction, under the lock of the public records: one transaction at a time, until its
commit is visible.
"""

import pgtrigger

from scn_portal.base.triggers import LOCK

_LOCKED = f"PERFORM pg_advisory_xact_lock({LOCK});"
_NEXT = "nextval('base_publicrecord_id_seq')"
_NEW_VERSIONS = f"version = {_NEXT}, facts_version = {_NEXT}"


def keeps_city_record() -> pgtrigger.Trigger:
    """Counts a city again after a public change of it: once for each transaction, however many of its rows changed."""
    return pgtrigger.Trigger(
        name="keeps_city_record",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        func=f"""
            {_LOCKED}
            IF OLD.city_key <> NEW.city_key OR NOT EXISTS (
                SELECT FROM site_cityrecord WHERE city_id = NEW.city_key AND version >= NEW.id
            ) THEN
                PERFORM scn_keep_city_records(ARRAY[OLD.city_key, NEW.city_key]);
            END IF;
            RETURN NULL;
        """,
    )


def counts_for_a_former_member(city: str) -> pgtrigger.Trigger:
    """Counts a city that has left the network again. Its pledges have no public record but stay on its page.

    `city` is the SQL condition that finds the city of the row NEW or OLD.
    """
    return pgtrigger.Trigger(
        name="counts_for_a_former_member",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (SELECT FROM members_city city WHERE status = 'former' AND {city}) THEN
                {_LOCKED}
                PERFORM scn_keep_city_records(ARRAY(SELECT id FROM members_city city WHERE {city}));
            END IF;
            RETURN NULL;
        """,
    )


OF_A_PLEDGE = "id = COALESCE(NEW.city_id, OLD.city_id)"
OF_AN_UPDATE = "id = (SELECT city_id FROM commitments_pledge WHERE id = COALESCE(NEW.pledge_id, OLD.pledge_id))"


def bumps_its_cities() -> pgtrigger.Trigger:
    """Raises the versions of the cities of a region whose name has changed."""
    return _after_a_change(
        "bumps_its_cities",
        f"""
            UPDATE site_cityrecord SET {_NEW_VERSIONS}
            FROM members_city city WHERE city.id = city_id AND city.region_id = NEW.id;
        """,
    )


def bumps_all_cities() -> pgtrigger.Trigger:
    """Raises the versions of all cities when the name of a commitment has changed."""
    return _after_a_change("bumps_all_cities", f"UPDATE site_cityrecord SET {_NEW_VERSIONS};")


def counts_all_cities() -> pgtrigger.Trigger:
    """Counts all cities again when the date of the Declaration has changed."""
    return _after_a_change(
        "counts_all_cities",
        f"""
            PERFORM scn_keep_city_records(ARRAY(SELECT city_id FROM site_cityrecord));
            UPDATE site_cityrecord SET {_NEW_VERSIONS};
        """,
    )


def _after_a_change(name: str, statement: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.AnyChange(),
        func=f"{_LOCKED} {statement} RETURN NULL;",
    )
