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


class DocumentFrozenWithItsRevision(FrozenWithItsRevision):
    """The same, but for the moment when staff take a document down."""

    func = (
        """
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'taken_down_at' = to_jsonb(OLD) - 'taken_down_at' THEN
            RETURN NEW;
        END IF;
        """
        + FrozenWithItsRevision.func
    )


_SHOWN = """
    EXISTS (
        SELECT FROM practices_revision live JOIN members_city city ON city.id = practice.city_id
        WHERE live.practice_id = practice.id AND live.status = 'published' AND city.hidden_at IS NULL
    )
"""


def practice_is_recorded() -> RecordsPublicRows:
    """A practice is public while it has a live revision. That somebody writes a new one is nobody's business."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice WHERE practice.id = NEW.practice_id
    """
    return RecordsPublicRows(
        name="records_public_rows",
        rows=rows,
        only_if="'published' IN (OLD.status, NEW.status)",
        operation=pgtrigger.Insert | pgtrigger.Update,
    )


def address_is_recorded() -> RecordsPublicRows:
    """A practice changes when its address does."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice WHERE practice.id = NEW.id
    """
    changed = "OLD.slug IS DISTINCT FROM NEW.slug"
    return RecordsPublicRows(name="records_address", rows=rows, only_if=changed, operation=pgtrigger.Update)


def keeps_retired_addresses() -> pgtrigger.Trigger:
    """No practice takes an address that was given up. `practices.addresses.digest` computes the same digest.

    After the row is written: whoever takes an address at the moment at which it is given up has waited until then.
    """
    return pgtrigger.Trigger(
        name="keeps_retired_addresses",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("slug"),
        func="""
            IF EXISTS (
                SELECT FROM practices_retiredaddress
                WHERE digest = encode(sha256(convert_to(lower(NEW.slug), 'UTF8')), 'hex')
            ) THEN
                RAISE EXCEPTION 'this address was given up for good'
                    USING ERRCODE = 'unique_violation', CONSTRAINT = 'practice_address_not_retired';
            END IF;
            RETURN NULL;
        """,
    )


def document_is_recorded() -> RecordsPublicRows:
    """A practice changes when a document of it is taken down or shown again."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice JOIN practices_revision revision ON revision.practice_id = practice.id
        WHERE revision.id = NEW.revision_id AND revision.status = 'published'
    """
    changed = "OLD.taken_down_at IS DISTINCT FROM NEW.taken_down_at"
    return RecordsPublicRows(name="records_practice", rows=rows, only_if=changed, operation=pgtrigger.Update)


def practices_of_a_city_are_recorded() -> RecordsPublicRows:
    """When a city is hidden or comes back, so do its practices."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice WHERE practice.city_id = NEW.id
    """
    changed = "OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    return RecordsPublicRows(name="records_its_practices", rows=rows, only_if=changed, operation=pgtrigger.Update)
