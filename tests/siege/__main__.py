"""`python -m tests.siege SECONDS`: see `tests.siege`. The exit status is 1 if anything was lost or doubled, or if there
was a fault."""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from tests.siege.count import Count
from tests.siege.machines import Machines

SETTLE_SECONDS = 240
READERS, WRITERS, MODERATORS, SUBSCRIBERS = 3, 3, 2, 150
FAULT_SECONDS, CALM_SECONDS = 6, 4


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def settle_environment(machines: Machines) -> None:
    """Set the environment, so that all processes, including this one, use the servers of this siege."""
    folder = machines.folder
    host = quote(str(folder / "postgres"), safe="")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "scn_portal.settings", "SCN_ENV": "test", "SCN_VAR": str(folder),
        "DATABASE_URL": f"postgres://postgres@{host}/scn", "REDIS_URL": f"unix://{folder}/redis.sock?db=0",
        "CACHE_URL": f"unix://{folder}/redis.sock?db=1", "EMAIL_URL": f"smtp://127.0.0.1:{machines.mail.port}",
        "SITE_URL": machines.url, "ALLOWED_HOSTS": "127.0.0.1", "MEDIA_ROOT": str(folder / "media"),
        "CHECK_SOURCES": "no",
    }  # fmt: skip
    os.environ.pop("SECRET_KEY", None)


def people_of(machines: Machines, count: Count, ended: threading.Event, seconds: float) -> list:
    """Create the rows to work with, and the people who work with them."""
    from tests.factories import (
        ModeratorFactory,
        PledgeFactory,
        RevisionFactory,
        SubscriptionFactory,
        acting_for,
    )
    from tests.siege.people import Moderator, Reader, Writer

    shared = (machines.url, count, ended)
    people: list = [Reader(*shared) for _number in range(READERS)]
    for _number in range(WRITERS):
        pledge = PledgeFactory()
        people.append(Writer(*shared, acting_for(pledge.city), pledge=pledge.pk, file=large_picture()))
    for _number in range(MODERATORS):
        waiting = [RevisionFactory(status="submitted").pk for _text in range(int(20 + seconds / 3))]
        people.append(Moderator(*shared, ModeratorFactory(), waiting=waiting))
    for _number in range(SUBSCRIBERS):
        SubscriptionFactory()
    return people


def large_picture() -> bytes:
    """A file that is too large for a full disk, and that is cleaned in a separate process, as most files are."""
    from PIL import Image

    content = BytesIO()
    Image.effect_noise((1200, 900), 60).save(content, "JPEG")
    return content.getvalue()


def start_issue() -> int:
    """Compose an issue now. Returns the number of its mails, which beat sends."""
    from digests.issues.compose import compose_issues_now
    from digests.models import Delivery

    compose_issues_now()
    return Delivery.objects.count()


def besiege(machines: Machines, seconds: float) -> list[str]:
    """Cause one fault after the other until the time is over. Returns their names."""
    faults = [
        machines.redis_away, machines.postgres_away, machines.mail_refused, machines.worker_killed,
        machines.disk_full, machines.postgres_killed,
    ]  # fmt: skip
    if machines.replaces_killed_workers:
        faults.insert(4, machines.web_worker_killed)
    ends, befell = time.monotonic() + seconds, []
    while time.monotonic() < ends:
        fault = faults[len(befell) % len(faults)]
        befell.append(fault.__name__)
        say(f"{time.strftime('%H:%M:%S')} {fault.__name__.replace('_', ' ')}")
        fault(FAULT_SECONDS)
        time.sleep(CALM_SECONDS)
    return befell


def wait_until_mails_are_sent() -> bool:
    """Whether all mails were sent within SETTLE_SECONDS. Mails that wait for a second attempt are made due at once."""
    from django.db.models.functions import Now

    from digests.models import Delivery
    from practices.models import Transition

    ends = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < ends:
        waiting = [Delivery.objects.waiting(), Transition.objects.filter(mailed_at=None)]
        if not sum(rows.update(mail_after=Now()) for rows in waiting):
            return True
        time.sleep(5)
    return False


def verdict(machines: Machines, count: Count, deliveries: int) -> bool:
    """Print all figures. Returns whether they are as they must be."""
    from commitments.models import ProgressUpdate
    from digests.models import Subscription
    from practices.models import Revision

    said = Counter(ProgressUpdate.objects.values_list("what_changed_en", flat=True))
    published = set(Revision.objects.exclude(published_at=None).values_list("pk", flat=True))
    lost = [words for words in count.writes if not said[words]] + [pk for pk in count.decisions if pk not in published]
    doubled = [words for words in said if words and words.startswith("Siege ") and said[words] > 1]
    mails = Counter(str(message["Message-ID"]) for message in machines.mail.messages)
    readers = set(Subscription.objects.values_list("email", flat=True))
    reached = {str(message["To"]) for message in machines.mail.messages} & readers
    to = Counter(str(message["To"]) for message in machines.mail.messages)
    authors = Revision.objects.filter(pk__in=count.decisions).values_list("author__email", flat=True)
    told = sum(to[address] >= 1 for address in authors)
    twice = sum(number - 1 for number in mails.values())
    files_lost = missing_files()
    say(f"""
writes acknowledged      {len(count.writes)} reports, {len(count.decisions)} decisions
found                    {len(count.writes) + len(count.decisions) - len(lost)}
lost                     {len(lost)}
written twice            {len(doubled)}
files named but missing  {files_lost}
refused: disk full       {count.refused_for_room}, each with its words
newsletter mails owed    {deliveries}, readers reached {len(reached)}
decisions told by mail   {told} of {len(count.decisions)}
mails sent               {sum(mails.values())}
sent twice               {twice}
answers                  {dict(sorted(count.statuses.items()))}
cut off                  {count.cut_off.total()} {dict(count.cut_off)}
5xx not allowed          {len(count.faults)} {Counter(count.faults).most_common(8)}
longest silence          {count.longest_silence():.1f} s; {count.longest_silence_of_all():.1f} s with PostgreSQL away
""")
    if not (count.writes and count.decisions):
        say("Nobody could write: this siege has shown nothing.")
        return False
    return not (
        lost or doubled or files_lost or count.faults or len(reached) < deliveries or told < len(count.decisions)
    )


def missing_files() -> int:
    from django.core.files.storage import default_storage

    from commitments.models import UpdateDocument

    return sum(not default_storage.exists(name) for name in UpdateDocument.objects.values_list("file", flat=True))


def main(seconds: float) -> int:
    folder = Path(tempfile.mkdtemp(prefix="scn-siege-"))
    count, ended = Count(), threading.Event()
    machines = Machines(folder, count)
    settle_environment(machines)
    try:
        with machines:
            import django

            django.setup()
            from django.conf import settings
            from django.core.management import call_command
            from django.db import connections

            from scn_portal.compile_messages import compile_catalogues

            compile_catalogues()
            call_command("migrate", verbosity=0)
            if find_spec("tests.signed_in"):  # with the second step, where staff need one
                import_module("tests.signed_in").connect()
            # Passwords need not be hashed slowly here.
            settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
            people = people_of(machines, count, ended, seconds)
            deliveries = start_issue()
            connections.close_all()
            say(f"{time.strftime('%H:%M:%S')} all is prepared")
            machines.start_portal()
            people[0].filled_in("/en/newsletter/")
            # The time before the first answer is not part of the siege.
            count.cut_off.clear()
            count.answered_at[:] = [time.monotonic()]
            for person in people:
                person.start()
            befell = besiege(machines, seconds)
            ended.set()
            for person in people:
                person.join(120)
            settled = wait_until_mails_are_sent()
            say(f"\n{seconds:.0f} seconds, faults: {dict(Counter(befell))}; all mails settled: {settled}")
            held = verdict(machines, count, deliveries)
            connections.close_all()
        return 0 if held and settled else 1
    finally:
        if "SCN_SIEGE_KEEP" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600))
