"""Identifies a made file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

# Stored and sent compressed: compressing a long table takes longer than sending it.
PACKED = ("csv", "json", "geojson")
# A file for one person, whose key is the parameter `person`: it is not served to anybody else, nobody else learns that
# it exists, and it is deleted within an hour. One parameter is a secret, so that nobody can compute the key of the
# file.
OF_A_PERSON = "person"


@dataclass(frozen=True)
class Wanted:
    """A file: `what` names its maker, `format` is its extension, `parameters` are texts that say what it contains.

    A file about one version of a row has that version among its parameters, and so never becomes outdated.
    """

    what: str
    format: str
    parameters: Mapping[str, str]

    @cached_property
    def stored(self) -> dict[str, str]:
        """The parameters as they are stored in the row."""
        return {**self.parameters, "format": self.format}

    @cached_property
    def key(self) -> str:
        """A hash that is the same for the same file, and from which no other key can be guessed."""
        written = json.dumps([self.what, self.stored], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()
