"""A standby takes the place of PostgreSQL under traffic: nobody reads a 500, and the portal goes on by itself."""

import itertools
import time
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection, connections

from commitments.models import Milestone
from scn_portal.base.postgresql import addresses
from scn_portal.base.postgresql.base import silence
from tests.factories import CityFactory, PledgeFactory, acting_for
from tests.forms import fields_of
from tests.scale.hosts import Door, Traffic, WebHost
from tests.scale.pgbouncer import pgbouncer
from tests.scale.replicas import Pair, primary_and_standby
from tests.trust import stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@contextmanager
def asked_at(**entry):
    """Django asks where `entry` of its settings says, in every thread."""
    settings = connections["default"].settings_dict
    before = dict(settings)
    connection.close()
    settings.update(entry)
    try:
        yield
    finally:
        connection.close()
        settings.clear()
        settings.update(before)


def test_of_several_servers_the_one_that_takes_writes(monkeypatch):
    monkeypatch.setattr(addresses, "_last", None)
    here = connection.settings_dict
    nobody = "/nowhere"
    options = here["OPTIONS"] | {"target_session_attrs": "read-write"}
    with asked_at(HOST=f"{nobody},{here['HOST']}", PORT="5432,5432", OPTIONS=options):
        CityFactory()
        assert connection.connection.info.host == here["HOST"].split(",")[1]
        assert addresses.last_to_answer_first({"host": connection.settings_dict["HOST"], "port": "5432,5432"})[
            "host"
        ].endswith(nobody)


@pytest.mark.parametrize("asked", ["any", "read-write"])
def test_a_server_that_takes_no_writes_is_one_that_is_away(client, asked):
    """A standby, or a primary that was told to: 503 with all that was typed, and the next connection may be another."""
    pledge = PledgeFactory()
    client.force_login(acting_for(pledge.city))
    address = f"/en/my-city/pledges/{pledge.pk}/milestones/new/"
    form = fields_of(client.get(address)) | {"title_en": "A bridge", "due_0": "2031"}
    options = connection.settings_dict["OPTIONS"]
    read_only = f"{options['options']} -c default_transaction_read_only=on"
    client.raise_request_exception = False
    with asked_at(OPTIONS=options | {"options": read_only, "target_session_attrs": asked}):
        answer = client.post(address, form, headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code == 503
        assert "A bridge" in answer.text
        assert connection.connection is None
    assert client.post(address, form).status_code == 302


@pytest.mark.soak
def test_while_the_only_synchronous_standby_is_away_a_form_waits_and_is_saved_once(client):
    """No time-out of PostgreSQL ends that wait, so ours does. What was sent is not known then, and is sent again."""
    with primary_and_standby() as pair, asked_at(HOST="127.0.0.1", PORT=str(pair.primary.port)):
        pledge = PledgeFactory()
        client.force_login(acting_for(pledge.city))
        address = f"/en/my-city/pledges/{pledge.pk}/milestones/new/"
        form = fields_of(client.get(address)) | {"title_en": "A bridge", "due_0": "2031"}
        pair.wait_for_the_standby()
        pair.standby.kill()
        client.raise_request_exception = False
        with asked_at(ANSWER_SECONDS=2):
            answer = client.post(address, form, headers={"sec-fetch-site": "same-origin"})
        assert (answer.status_code, "A bridge" in answer.text) == (503, True)
        pair.primary.tell("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        silence.ends()
        assert client.post(address, form).status_code == 302
        assert Milestone.objects.filter(title_en="A bridge").count() == 1


class Failover:
    """The portal on a primary and a standby, with its traffic; what is measured."""

    DETECTED_AFTER = 5  # seconds: what a watchman (Patroni, repmgr, a person with a runbook) takes to be sure

    def __init__(self, pair: Pair, traffic: Traffic) -> None:
        self.pair, self.traffic = pair, traffic

    def take_place(self, fault) -> tuple[float, float]:
        """The fault, and the standby takes over. Seconds without a page, and until the portal was whole again."""
        self.traffic.until_more(3)
        begun = time.monotonic()
        fault()
        time.sleep(self.DETECTED_AFTER)
        self.pair.standby.promote()
        self.pair.told_of_the_promotion()
        self.traffic.until_more()
        whole = time.monotonic() - begun
        self.traffic.until_more(5)
        moments = sorted(moment for moment in self.traffic.answered if moment > begun - 1)
        return max(later - earlier for earlier, later in itertools.pairwise(moments)), whole

    def lost(self) -> set[str]:
        with asked_at(HOST="127.0.0.1", PORT=str(self.pair.standby.port)):
            return set(self.traffic.acknowledged) - set(Milestone.objects.values_list("title_en", flat=True))


@contextmanager
def failing_over(folder, pooled: bool = False):
    with (
        primary_and_standby() as pair,
        asked_at(HOST="127.0.0.1", PORT=str(pair.primary.port)),
        ExitStack() as ending,
    ):
        pledge, url, pooler = PledgeFactory(), pair.url, ""
        if pooled:
            bouncer = ending.enter_context(pgbouncer(before=f"host=127.0.0.1 port={pair.primary.port}"))
            url, pooler = bouncer.url, "transaction"
            pair.told_of_the_promotion = lambda: bouncer.stand_before(f"host=127.0.0.1 port={pair.standby.port}")
        host = WebHost(folder, "web", DATABASE_URL=url, SCN_PROCESS="web", SCN_POOLER=pooler)
        host.start()
        try:
            with Traffic(Door(host.port), pledge) as traffic:
                yield Failover(pair, traffic)
        finally:
            host.stop()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("synchronous", "fault", "pooled"),
    [(True, "kill", False), (True, "freeze", False), (False, "kill", False), (True, "kill", True)],
)
def test_a_standby_is_promoted_under_traffic(tmp_path, capsys, synchronous, fault, pooled):
    with failing_over(tmp_path, pooled) as failover:
        pair, traffic = failover.pair, failover.traffic
        if synchronous:
            pair.wait_for_the_standby()
        act = getattr(pair.primary, fault)
        silent, whole = failover.take_place(act if synchronous else lambda: cut_off_then(pair, act))
        lost = failover.lost()
        kind = "synchronous" if synchronous else "asynchronous, a second behind"
        kind = f"behind a pooler, {kind}" if pooled else kind
        stack.report(
            capsys,
            f"{kind}, {fault}, promoted after {failover.DETECTED_AFTER} s: no page for {silent:.1f} s, all again after"
            f" {whole:.1f} s; {len(traffic.answered)} answers, {len(traffic.refused)} times 503,"
            f" {len(traffic.acknowledged)} forms saved, {len(lost)} lost",
        )
        assert set(traffic.refused) <= {503}
        assert traffic.refused
        assert silent < 30
        assert not (synchronous and lost)
        assert silent > failover.DETECTED_AFTER / 2


def cut_off_then(pair: Pair, act) -> None:
    pair.cut_the_standby_off()
    time.sleep(1)
    act()
