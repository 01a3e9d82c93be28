"""The functions of the triggers of `members.models`: what the database refuses about people, and what it records.

A city that has a focal point keeps one, unless the same transaction records the reason as a Vacancy. Each departure
locks its city before it counts, so that two people who remove each other at once are refused too.
"""

REFUSE = """
    RAISE EXCEPTION 'a city keeps a focal point, unless somebody writes why'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'city_keeps_a_focal_point';
"""

KEEP_A_FOCAL_POINT = f"""
    IF OLD.role <> 'focal_point' OR (
        TG_OP = 'UPDATE' AND NEW.role = OLD.role AND NEW.city_id = OLD.city_id AND NEW.user_id = OLD.user_id
    ) THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    PERFORM 1 FROM members_city WHERE id = OLD.city_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM members_user WHERE id = OLD.user_id AND is_active)
        AND NOT EXISTS (
            SELECT 1 FROM members_membership other JOIN members_user person ON person.id = other.user_id
            WHERE other.city_id = OLD.city_id AND other.id <> OLD.id AND other.role = 'focal_point'
                AND person.is_active
        )
        AND NOT EXISTS (
            SELECT 1 FROM members_vacancy
            WHERE city_id = OLD.city_id AND left_by_id = OLD.user_id AND recorded_at = CURRENT_TIMESTAMP
        )
    THEN {REFUSE}
    END IF;
    RETURN COALESCE(NEW, OLD);
"""

KEEP_A_FOCAL_POINT_OF_AN_ACCOUNT = f"""
    PERFORM 1 FROM members_city WHERE id IN (
        SELECT city_id FROM members_membership WHERE user_id = OLD.id AND role = 'focal_point'
    ) ORDER BY id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM members_membership mine WHERE mine.user_id = OLD.id AND mine.role = 'focal_point'
            AND NOT EXISTS (
                SELECT 1 FROM members_membership other JOIN members_user person ON person.id = other.user_id
                WHERE other.city_id = mine.city_id AND other.id <> mine.id AND other.role = 'focal_point'
                    AND person.is_active
            )
            AND NOT EXISTS (
                SELECT 1 FROM members_vacancy
                WHERE city_id = mine.city_id AND left_by_id = OLD.id AND recorded_at = CURRENT_TIMESTAMP
            )
    ) THEN {REFUSE}
    END IF;
    UPDATE members_city SET facts_changed_at = now()
    WHERE confirmed_at IS NOT NULL AND facts_changed_at IS NULL AND id IN (
        SELECT city_id FROM members_membership WHERE user_id = OLD.id AND role = 'focal_point'
    );
    RETURN NEW;
"""

# A change of a fact that the city has confirmed ends the confirmation; `City.confirm` empties the column again.
FACTS_CHANGED = """
    IF NEW.confirmed_at IS NOT NULL AND NEW.facts_changed_at IS NULL THEN
        NEW.facts_changed_at := now();
    END IF;
    RETURN NEW;
"""

FOCAL_POINT_IS_A_FACT = """
    IF TG_OP = 'UPDATE' AND NEW.role = OLD.role AND NEW.city_id = OLD.city_id AND NEW.user_id = OLD.user_id THEN
        RETURN NULL;
    END IF;
    IF (TG_OP <> 'INSERT' AND OLD.role = 'focal_point') OR (TG_OP <> 'DELETE' AND NEW.role = 'focal_point') THEN
        UPDATE members_city SET facts_changed_at = now()
        WHERE confirmed_at IS NOT NULL AND facts_changed_at IS NULL
            AND id = COALESCE(NEW.city_id, OLD.city_id);
    END IF;
    RETURN NULL;
"""
