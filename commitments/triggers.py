"""Triggers of pledges, milestones and progress updates.

They record which pledges, milestones and progress updates are public.

The conditions are those of `public()` in `commitments.models`, for cities that have not left the network.
"""

import pgtrigger

from scn_portal.base.triggers import KeepsCopy, RaisesGeneration, RecordsPublicRows

_ROW = "COALESCE(NEW.id, OLD.id)"
_ITS_PLEDGE = "COALESCE(NEW.pledge_id, OLD.pledge_id)"
_ITS_CITY = "COALESCE(NEW.city_id, OLD.city_id)"
_OF_A_LISTED_CITY = "city.status <> 'former' AND city.hidden_at IS NULL"
_SHOWN = f"{_OF_A_LISTED_CITY} AND pledge.published_at IS NOT NULL AND pledge.taken_down_at IS NULL"

# Each of these selects one row for one key, even if the row has been deleted.
_PLEDGE = """
    SELECT 'pledge', key, city.id, {shown} FROM (VALUES ({key})) AS changed (key)
    LEFT JOIN commitments_pledge pledge ON pledge.id = key LEFT JOIN members_city city ON city.id = pledge.city_id
"""
_MILESTONE = """
    SELECT 'milestone', key, city.id, {shown} AND milestone.taken_down_at IS NULL FROM (VALUES ({key})) AS changed (key)
    LEFT JOIN commitments_milestone milestone ON milestone.id = key
    LEFT JOIN commitments_pledge pledge ON pledge.id = milestone.pledge_id
    LEFT JOIN members_city city ON city.id = pledge.city_id
"""
_UPDATE = """
    SELECT 'update', key, city.id, {shown} AND report.taken_down_at IS NULL
    FROM (VALUES ({key})) AS changed (key) LEFT JOIN commitments_progressupdate report ON report.id = key
    LEFT JOIN commitments_pledge pledge ON pledge.id = report.pledge_id
    LEFT JOIN members_city city ON city.id = pledge.city_id
"""
_CITY = """
    SELECT 'city', key, key, {shown} FROM (VALUES ({key})) AS changed (key)
    LEFT JOIN members_city city ON city.id = key
"""
_ALL_OF_A_CITY = f"""
    SELECT 'pledge', pledge.id, city.id, {_SHOWN}
    FROM commitments_pledge pledge JOIN members_city city ON city.id = pledge.city_id WHERE city.id = NEW.id
    UNION ALL
    SELECT 'milestone', milestone.id, city.id, {_SHOWN} AND milestone.taken_down_at IS NULL
    FROM commitments_milestone milestone JOIN commitments_pledge pledge ON pledge.id = milestone.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE city.id = NEW.id
    UNION ALL
    SELECT 'update', report.id, city.id, {_SHOWN} AND report.taken_down_at IS NULL
    FROM commitments_progressupdate report JOIN commitments_pledge pledge ON pledge.id = report.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE city.id = NEW.id
"""


def _records(*rows: str) -> RecordsPublicRows:
    return RecordsPublicRows(name="records_public_rows", rows=" UNION ALL ".join(rows))


_ALL_OF_A_PLEDGE = f"""
    SELECT 'milestone', milestone.id, city.id, {_SHOWN} AND milestone.taken_down_at IS NULL
    FROM commitments_milestone milestone JOIN commitments_pledge pledge ON pledge.id = milestone.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE pledge.id = NEW.id
    UNION ALL
    SELECT 'update', report.id, city.id, {_SHOWN} AND report.taken_down_at IS NULL
    FROM commitments_progressupdate report JOIN commitments_pledge pledge ON pledge.id = report.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE pledge.id = NEW.id
"""


def pledge_is_recorded() -> RecordsPublicRows:
    return _records(_PLEDGE.format(key=_ROW, shown=_SHOWN))


def all_of_a_pledge_is_recorded() -> RecordsPublicRows:
    """When a pledge is published, taken down or restored, its milestones and updates are recorded as well."""
    was, is_now = (f"({row}.published_at IS NOT NULL AND {row}.taken_down_at IS NULL)" for row in ("OLD", "NEW"))
    appeared_or_went = f"TG_OP = 'UPDATE' AND {was} IS DISTINCT FROM {is_now}"
    return RecordsPublicRows(name="records_all_of_it", rows=_ALL_OF_A_PLEDGE, only_if=appeared_or_went)


def milestone_is_recorded() -> RecordsPublicRows:
    """A pledge is shown with its milestones, so a change of a milestone is a change of its pledge."""
    return _records(_MILESTONE.format(key=_ROW, shown=_SHOWN), _PLEDGE.format(key=_ITS_PLEDGE, shown=_SHOWN))


def update_is_recorded() -> RecordsPublicRows:
    """A pledge is shown with its updates, so a change of an update is a change of its pledge."""
    return _records(_UPDATE.format(key=_ROW, shown=_SHOWN), _PLEDGE.format(key=_ITS_PLEDGE, shown=_SHOWN))


def endorsement_is_recorded() -> RecordsPublicRows:
    """A city is shown with its endorsements, so a change of an endorsement is a change of the city."""
    return _records(_CITY.format(key=_ITS_CITY, shown=_OF_A_LISTED_CITY))


def all_of_a_city_is_recorded() -> RecordsPublicRows:
    """When a city leaves the network, is hidden or comes back, its pledges, milestones and updates are recorded as
    well."""
    was, is_now = (f"({row}.status <> 'former' AND {row}.hidden_at IS NULL)" for row in ("OLD", "NEW"))
    left_or_came_back = f"TG_OP = 'UPDATE' AND {was} IS DISTINCT FROM {is_now}"
    return RecordsPublicRows(name="records_its_pledges", rows=_ALL_OF_A_CITY, only_if=left_or_came_back)


# --- The generation ---------------------------------------------------------------------------------------------------

# This includes pledges of cities that have left the network, whose pages stay.
_STANDS = "({row}.published_at IS NOT NULL AND {row}.taken_down_at IS NULL)"
_WENT = "TG_OP = 'DELETE' OR OLD.taken_down_at IS NULL AND NEW.taken_down_at IS NOT NULL"


def pledge_raises_generation() -> RaisesGeneration:
    """When a published pledge changes: drafts are not public."""
    stood, stands = (_STANDS.format(row=row) for row in ("OLD", "NEW"))
    return RaisesGeneration(only_if=f"{stood} OR {stands}", taken_down_if=f"{stood} AND NOT {stands}")


def part_of_a_pledge_raises_generation() -> RaisesGeneration:
    """When a milestone or an update of a published pledge changes."""
    shown = f"""EXISTS (
        SELECT FROM commitments_pledge pledge
        WHERE pledge.id IN (OLD.pledge_id, NEW.pledge_id) AND {_STANDS.format(row="pledge")}
    )"""
    return RaisesGeneration(only_if=shown, taken_down_if=_WENT)


def document_raises_generation() -> RaisesGeneration:
    """When a document of an update changes: a document without an update is not public."""
    shown = "OLD.update_row_id IS NOT NULL OR NEW.update_row_id IS NOT NULL"
    return RaisesGeneration(only_if=shown, taken_down_if="TG_OP = 'DELETE'")


# --- The words that a search finds ------------------------------------------------------------------------------------

# In one language, the words on the public page besides the pledge's own texts.
_ALSO_SAID = """
    concat_ws(E'\\n\\n',
        CASE WHEN NEW.status = 'done' AND NEW.degree_of_change <> '' THEN
            concat_ws(E'\\n\\n', NULLIF(NEW.result_{code}, ''), NULLIF(NEW.lessons_{code}, '')) END,
        (SELECT string_agg(title_{code}, E'\\n\\n' ORDER BY id) FROM commitments_milestone
            WHERE pledge_id = NEW.id AND taken_down_at IS NULL AND title_{code} <> ''),
        (SELECT string_agg(concat_ws(E'\\n\\n', NULLIF(what_changed_{code}, ''), NULLIF(reason_{code}, ''),
            NULLIF(obstacles_{code}, '')), E'\\n\\n' ORDER BY id) FROM commitments_progressupdate
            WHERE pledge_id = NEW.id AND taken_down_at IS NULL))
"""
ALSO_SAID = ("also_said_fr", "also_said_en")


def gathers_words() -> pgtrigger.Trigger:
    """A pledge has a copy of the words of its result, milestones and standing updates, so that the search reads one row
    for each pledge."""
    gathered = "".join(f"NEW.{column} := {_ALSO_SAID.format(code=column[-2:])};" for column in ALSO_SAID)
    return pgtrigger.Trigger(
        name="gathers_words",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"{gathered} RETURN NEW;",
    )


def words_are_gathered(*changed: str) -> pgtrigger.Trigger:
    """The pledge gathers its words again when a row that belongs to it is added or deleted, or changes in a column in
    `changed`."""
    is_changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in changed)
    return pgtrigger.Trigger(
        name="words_are_gathered",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP <> 'UPDATE' OR {is_changed} THEN
                UPDATE commitments_pledge SET also_said_fr = also_said_fr WHERE id = {_ITS_PLEDGE};
            END IF;
            RETURN NULL;
        """,
    )


# --- No status without its update -------------------------------------------------------------------------------------

_STATUS_HAS_ITS_UPDATE = """
    -- To take an update down leaves the status as it is: the last one counts too, whether it stands or not.
    IF EXISTS (SELECT FROM commitments_pledge WHERE id = NEW.id) AND NOT EXISTS (
        SELECT FROM commitments_pledge pledge WHERE pledge.id = NEW.id AND pledge.status IN (
            (SELECT status FROM commitments_progressupdate WHERE pledge_id = NEW.id
                ORDER BY reported_on DESC, id DESC LIMIT 1),
            (SELECT status FROM commitments_progressupdate WHERE pledge_id = NEW.id AND taken_down_at IS NULL
                ORDER BY reported_on DESC, id DESC LIMIT 1)
        )
    ) THEN
        RAISE EXCEPTION 'the status of a pledge is what its last progress update says'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_status_has_its_update';
    END IF;
    RETURN NULL;
"""


def status_has_its_update() -> pgtrigger.Trigger:
    """At the end of a transaction that changed the status of a pledge, its last update, or the last one that was not
    taken down, must have the same status."""
    return pgtrigger.Trigger(
        name="status_has_its_update",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.AnyChange("status"),
        func=_STATUS_HAS_ITS_UPDATE,
    )


# --- What public pledges are found by ---------------------------------------------------------------------------------

_PUBLISHED = """
    SELECT pledge.id FROM commitments_pledge pledge JOIN members_city city ON city.id = pledge.city_id
    JOIN commitments_commitment commitment ON commitment.id = pledge.commitment_id
    WHERE pledge.published_at IS NOT NULL AND
"""


def keeps_searched(which: str, *columns: str) -> KeepsCopy:
    """Keeps `SearchedPledge` true after a change of `columns`.

    `which` is a condition in SQL for published pledges, with their city and commitment, that may read NEW.
    """
    return KeepsCopy("keeps_searched_pledges", "scn_keep_searched_pledges", f"{_PUBLISHED} {which}", columns=columns)


def pledge_keeps_searched() -> KeepsCopy:
    """Keeps `SearchedPledge` true after a change of a pledge that is or was published."""
    concerned = "OLD.published_at IS NOT NULL OR NEW.published_at IS NOT NULL"
    return KeepsCopy(
        "keeps_searched_pledges", "scn_keep_searched_pledges", "SELECT COALESCE(NEW.id, OLD.id)", only_if=concerned
    )
