"""Ids for what others keep. They stay the same wherever the portal is hosted and however titles and slugs change."""

import uuid

# Ids are made from this and from the key of what they identify. A change of it would make every entry a new one.
NAMESPACE = uuid.UUID("6f0c5b5e-2c0c-4b8e-9f43-6d1f3c1b7a52")


def urn(key: str) -> str:
    """The id of what `key` names, as a URN (RFC 9562, version 5)."""
    return uuid.uuid5(NAMESPACE, key).urn
