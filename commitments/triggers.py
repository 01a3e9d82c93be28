"""Which pledges, milestones and progress updates are public: what the triggers on their tables record."""

from scn_portal.base.triggers import RecordsPublicRows

_ROW = "COALESCE(NEW.id, OLD.id)"
_ITS_PLEDGE = "COALESCE(NEW.pledge_id, OLD.pledge_id)"
_ITS_CITY = "COALESCE(NEW.city_id, OLD.city_id)"

# Each for one key, whether the row is still there or not.
_PLEDGE = """
    SELECT 'pledge', key, city.id, city.status <> 'former' FROM (VALUES ({key})) AS changed (key)
    LEFT JOIN commitments_pledge pledge ON pledge.id = key LEFT JOIN members_city city ON city.id = pledge.city_id
"""
_MILESTONE = """
    SELECT 'milestone', key, city.id, city.status <> 'former' FROM (VALUES ({key})) AS changed (key)
    LEFT JOIN commitments_milestone milestone ON milestone.id = key
    LEFT JOIN commitments_pledge pledge ON pledge.id = milestone.pledge_id
    LEFT JOIN members_city city ON city.id = pledge.city_id
"""
_UPDATE = """
    SELECT 'update', key, city.id, city.status <> 'former' AND report.taken_down_at IS NULL
    FROM (VALUES ({key})) AS changed (key) LEFT JOIN commitments_progressupdate report ON report.id = key
    LEFT JOIN commitments_pledge pledge ON pledge.id = report.pledge_id
    LEFT JOIN members_city city ON city.id = pledge.city_id
"""
_CITY = """
    SELECT 'city', key, key, city.status <> 'former' FROM (VALUES ({key})) AS changed (key)
    LEFT JOIN members_city city ON city.id = key
"""
_ALL_OF_A_CITY = """
    SELECT 'pledge', pledge.id, city.id, city.status <> 'former'
    FROM commitments_pledge pledge JOIN members_city city ON city.id = pledge.city_id WHERE city.id = NEW.id
    UNION ALL
    SELECT 'milestone', milestone.id, city.id, city.status <> 'former'
    FROM commitments_milestone milestone JOIN commitments_pledge pledge ON pledge.id = milestone.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE city.id = NEW.id
    UNION ALL
    SELECT 'update', report.id, city.id, city.status <> 'former' AND report.taken_down_at IS NULL
    FROM commitments_progressupdate report JOIN commitments_pledge pledge ON pledge.id = report.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE city.id = NEW.id
"""


def _records(*rows: str) -> RecordsPublicRows:
    return RecordsPublicRows(name="records_public_rows", rows=" UNION ALL ".join(rows))


def pledge_is_recorded() -> RecordsPublicRows:
    return _records(_PLEDGE.format(key=_ROW))


def milestone_is_recorded() -> RecordsPublicRows:
    """A pledge is shown with its milestones, and changes with them."""
    return _records(_MILESTONE.format(key=_ROW), _PLEDGE.format(key=_ITS_PLEDGE))


def update_is_recorded() -> RecordsPublicRows:
    """A pledge is shown with its updates, and changes with them."""
    return _records(_UPDATE.format(key=_ROW), _PLEDGE.format(key=_ITS_PLEDGE))


def endorsement_is_recorded() -> RecordsPublicRows:
    """A city is shown with what it has signed, and changes with it."""
    return _records(_CITY.format(key=_ITS_CITY))


def all_of_a_city_is_recorded() -> RecordsPublicRows:
    """When a city leaves the network or comes back, so does what it pledged."""
    left_or_came_back = "TG_OP = 'UPDATE' AND (OLD.status = 'former') IS DISTINCT FROM (NEW.status = 'former')"
    return RecordsPublicRows(name="records_its_pledges", rows=_ALL_OF_A_CITY, only_if=left_or_came_back)
