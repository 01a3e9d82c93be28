"""Triggers of practices. Once a revision is submitted, its words and what belongs to it cannot be changed.

They also refuse a status that no Transition led to, and a practice without a revision. And they record whether a
practice is public.
"""

import pgtrigger

from scn_portal.base.triggers import KeepsCopy, RaisesGeneration, RecordsPublicRows


class FrozenOnceSubmitted(pgtrigger.ReadOnly):
    """Only the excluded columns may change, unless the row is still being written."""

    def get_condition(self, model):
        return super().get_condition(model) & ~pgtrigger.Q(old__status__in=["draft", "sent_back"])


class FrozenWithItsRevision(pgtrigger.Trigger):
    """Rows that belong to a revision may be added, changed or removed only while the revision is being written."""

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
    """The same, except that staff may take a document down or show it again."""

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
    """A practice is public while it has a live revision. Changes of other revisions are not recorded, since they are
    not public."""
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
    """A change of its address is a public change of a practice."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice WHERE practice.id = NEW.id
    """
    changed = "OLD.slug IS DISTINCT FROM NEW.slug"
    return RecordsPublicRows(name="records_address", rows=rows, only_if=changed, operation=pgtrigger.Update)


def keeps_retired_addresses() -> pgtrigger.Trigger:
    """No practice takes an address that was given up. `practices.addresses.digest` computes the same digest.

    It runs after the row is written: if the address is being given up at the same time, the statement has waited until
    then.
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
    """Taking a document down or showing it again is a public change of its practice."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice JOIN practices_revision revision ON revision.practice_id = practice.id
        WHERE revision.id = NEW.revision_id AND revision.status = 'published'
    """
    changed = "OLD.taken_down_at IS DISTINCT FROM NEW.taken_down_at"
    return RecordsPublicRows(name="records_practice", rows=rows, only_if=changed, operation=pgtrigger.Update)


def practices_of_a_city_are_recorded() -> RecordsPublicRows:
    """When a city is hidden or shown again, so are its practices."""
    rows = f"""
        SELECT 'practice', practice.id, practice.city_id, {_SHOWN}
        FROM practices_practice practice WHERE practice.city_id = NEW.id
    """
    changed = "OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    return RecordsPublicRows(name="records_its_practices", rows=rows, only_if=changed, operation=pgtrigger.Update)


# --- The generation --------------------------------------------------------------------------------------------------


def revision_raises_generation() -> RaisesGeneration:
    """When a revision goes live or is no longer live. If it is no longer live, its documents and its picture are taken
    down too."""
    return RaisesGeneration(
        only_if="'published' IN (OLD.status, NEW.status)",
        taken_down_if="OLD.status = 'published' AND NEW.status IS DISTINCT FROM 'published'",
    )


def practice_raises_generation() -> RaisesGeneration:
    """When a practice changes or is deleted. A new one becomes public only with its revision."""
    return RaisesGeneration(only_if="TG_OP <> 'INSERT'", taken_down_if="TG_OP = 'DELETE'")


def part_of_a_revision_raises_generation(taken_down_if: str = "TG_OP = 'DELETE'") -> RaisesGeneration:
    """When a row changes that belongs to a live revision: other revisions are not public."""
    shown = """EXISTS (
        SELECT FROM practices_revision WHERE id IN (OLD.revision_id, NEW.revision_id) AND status = 'published'
    )"""
    return RaisesGeneration(only_if=shown, taken_down_if=taken_down_if)


def attachment_raises_generation() -> RaisesGeneration:
    return part_of_a_revision_raises_generation(
        "TG_OP = 'DELETE' OR OLD.taken_down_at IS NULL AND NEW.taken_down_at IS NOT NULL"
    )


# --- No status without its step --------------------------------------------------------------------------------------

# A revision that was replaced by a newer one has no step for that; the newer one has it.
_STATUS_HAS_ITS_STEP = """
    SELECT status, practice_id, number INTO revision FROM practices_revision WHERE id = {revision};
    SELECT id, to_status INTO step FROM practices_transition WHERE revision_id = {revision} ORDER BY id DESC LIMIT 1;
    IF revision.status = COALESCE(step.to_status, 'draft') OR revision.status IS NULL THEN
        RETURN NULL;
    END IF;
    -- Of a row that is older than its steps, nothing is known but what came after it.
    gave_way := CASE revision.status WHEN 'superseded' THEN 'published' WHEN 'replaced' THEN 'submitted' END;
    IF COALESCE(step.to_status, gave_way) = gave_way AND EXISTS (
        SELECT FROM practices_transition later JOIN practices_revision newer ON newer.id = later.revision_id
        WHERE newer.practice_id = revision.practice_id AND newer.number > revision.number
            AND later.id > COALESCE(step.id, 0) AND later.to_status = gave_way
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the status of a revision is what its last Transition led to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_status_has_its_step';
"""
_DECLARED = [("revision", "RECORD"), ("step", "RECORD"), ("gave_way", "TEXT")]
_HAS_A_REVISION = """
    IF EXISTS (SELECT FROM practices_practice WHERE id = {practice})
        AND NOT EXISTS (SELECT FROM practices_revision WHERE practice_id = {practice})
    THEN
        RAISE EXCEPTION 'a practice has a revision'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'practice_has_a_revision';
    END IF;
    RETURN NULL;
"""


def _at_the_end(name: str, operation: pgtrigger.Operation, func: str, **options) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.After, operation=operation, timing=pgtrigger.Deferred, func=func, **options
    )


def status_has_its_step() -> pgtrigger.Trigger:
    """At the end of a transaction a revision has the status that its last Transition led to; a draft has none."""
    same = "IF TG_OP = 'UPDATE' AND OLD.status = NEW.status THEN RETURN NULL; END IF;"
    func = same + _STATUS_HAS_ITS_STEP.format(revision="NEW.id")
    return _at_the_end("status_has_its_step", pgtrigger.Insert | pgtrigger.Update, func, declare=_DECLARED)


def step_led_to_the_status() -> pgtrigger.Trigger:
    """The same for a new Transition: its revision has the status that it led to."""
    func = _STATUS_HAS_ITS_STEP.format(revision="NEW.revision_id")
    return _at_the_end("led_to_the_status", pgtrigger.Insert, func, declare=_DECLARED)


def practice_has_a_revision() -> pgtrigger.Trigger:
    """A new practice has a revision at the end of the transaction."""
    return _at_the_end("has_a_revision", pgtrigger.Insert, _HAS_A_REVISION.format(practice="NEW.id"))


def revision_leaves_one_behind() -> pgtrigger.Trigger:
    """A practice still has a revision after one was deleted or moved to another practice."""
    func = _HAS_A_REVISION.format(practice="OLD.practice_id")
    return _at_the_end("leaves_one_behind", pgtrigger.UpdateOf("practice_id") | pgtrigger.Delete, func)


# --- What live revisions are found by --------------------------------------------------------------------------------


_LIVE_ONES = """
    SELECT revision.id FROM practices_revision revision JOIN practices_practice practice
        ON practice.id = revision.practice_id JOIN members_city city ON city.id = practice.city_id
    WHERE revision.status = 'published' AND
"""


def keeps_searched(which: str, *columns: str) -> KeepsCopy:
    """Keeps `SearchedRevision` true after a change of `columns`, or after any change of a row.

    `which` is a condition in SQL for live revisions, with their practice and city, that may read NEW and OLD.
    """
    return KeepsCopy("keeps_searched", "scn_keep_searched", f"{_LIVE_ONES} {which}", columns=columns)


def revision_keeps_searched() -> KeepsCopy:
    """Keeps `SearchedRevision` true when a revision goes live or is no longer live."""
    concerned = "'published' IN (OLD.status, NEW.status)"
    return KeepsCopy("keeps_searched", "scn_keep_searched", "SELECT COALESCE(NEW.id, OLD.id)", only_if=concerned)


# --- What waits ------------------------------------------------------------------------------------------------------


def revision_keeps_waiting() -> KeepsCopy:
    """Keeps `WaitingRevision` true when the status, the time of submission or the practice of a revision changes."""
    old, new = (f"{row}.status, {row}.submitted_at, {row}.practice_id" for row in ("OLD", "NEW"))
    concerned = f"({old}) IS DISTINCT FROM ({new}) AND (OLD.id IS NOT NULL OR NEW.status <> 'draft')"
    practices = "SELECT unnest(ARRAY[OLD.practice_id, NEW.practice_id])"
    return KeepsCopy("keeps_waiting", "scn_keep_waiting", practices, only_if=concerned)


def step_keeps_waiting() -> KeepsCopy:
    """Keeps `WaitingRevision` true after a Transition, which says since when a revision waits."""
    practices = "SELECT practice_id FROM practices_revision WHERE id IN (OLD.revision_id, NEW.revision_id)"
    return KeepsCopy("keeps_waiting", "scn_keep_waiting", practices)


def practice_keeps_waiting() -> KeepsCopy:
    """Keeps `WaitingRevision` true when a practice moves to another city."""
    return KeepsCopy("keeps_waiting", "scn_keep_waiting", "SELECT NEW.id", columns=("city",))
