"""The error for a file that is not kept."""


class RefusedError(Exception):
    """`reason` is a key of `scn_portal.base.documents.uploads.REASONS`, which has the words for it."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason
