"""Every mail of the portal is composed, queued and sent through this package.

`compose` renders a mail from its template, `plain` only its text, `preview` its text as HTML. A row that inherits
`QueuedMail` waits in the database until `send_due` has sent its mail. `bulk` renders one mail for many readers, for the
newsletter. `errors` distinguishes errors of one mail from those of the mail server.
"""

from scn_portal.base.mail.errors import ServerAway
from scn_portal.base.mail.outbox import MAX_ATTEMPTS, QueuedMail, log_sent, send_due, send_now
from scn_portal.base.mail.rendering import compose, new_message_id, plain, preview

__all__ = [
    "MAX_ATTEMPTS",
    "QueuedMail",
    "ServerAway",
    "compose",
    "log_sent",
    "new_message_id",
    "plain",
    "preview",
    "send_due",
    "send_now",
]
