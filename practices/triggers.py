"""What the database refuses once a revision is submitted: any change of its words, and of what belongs to it.

And what it records: whether a practice is public.
"""

import pgtrigger

from scn_portal.base.triggers import RecordsPublicRows


class FrozenOnceSubmitted(pgtrigger.ReadOnly):
    """Only the excluded columns may change, unless the row is still being written."""

    def get_condition(self, model):
        return super().get_condition(model) & ~pgtrigger.Q(old__status__in=["draft", "sent_back"])


class FrozenWithItsRevision(pgtrigger.Trigger):
    """What belongs to a revision may be added, changed or removed only while the revision is being written."""

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    func = """
        IF EXISTS (
            SELECT 1 FROM practices_revision
            WHERE id IN (NEW.revision_id, OLD.revision_id) AND status NOT IN ('draft', 'sent_back')
        ) THEN
            RAISE EXCEPTION 'what belongs to a submitted revision cannot change';
        END IF;
        RETURN COALESCE(NEW, OLD);
    """


def practice_is_recorded() -> RecordsPublicRows:
    """A practice is public while it has a live revision. That somebody writes a new one is nobody's business."""
    rows = """
        SELECT 'practice', practice.id, practice.city_id,
            EXISTS (SELECT FROM practices_revision WHERE practice_id = practice.id AND status = 'published')
        FROM practices_practice practice WHERE practice.id = NEW.practice_id
    """
    return RecordsPublicRows(
        name="records_public_rows",
        rows=rows,
        only_if="'published' IN (OLD.status, NEW.status)",
        operation=pgtrigger.Insert | pgtrigger.Update,
    )
