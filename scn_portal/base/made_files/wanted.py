"""Which file is meant: what it is, and of what."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

# Stored compressed, and sent so to whoever takes it: compressing a long table takes longer than sending it.
PACKED = ("csv", "json", "geojson")
# What is made for one person, whose key is the parameter `person`: nobody else is served it, nor told of it, and it is
# deleted within an hour. A secret is among the parameters, so that nobody can work out its key.
OF_A_PERSON = "person"


@dataclass(frozen=True)
class Wanted:
    """A file: `what` names its maker, `format` is how its name ends, `parameters` are texts that say of what it is.

    What is made of one version of a row has that version among its parameters: such a file never gets old.
    """

    what: str
    format: str
    parameters: Mapping[str, str]

    @cached_property
    def stored(self) -> dict[str, str]:
        """The parameters as they are kept with the row."""
        return {**self.parameters, "format": self.format}

    @cached_property
    def key(self) -> str:
        """The same for the same file, and nothing that anybody could guess the next one from."""
        written = json.dumps([self.what, self.stored], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()
