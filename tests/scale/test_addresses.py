"""DATABASE_URL names one server, or several."""

from types import SimpleNamespace

import pytest

from scn_portal.base.postgresql import addresses, time_outs

SEVERAL = "postgres://scn_app:a%40b@one.example:5433,[fd00::2],two.example/scn?target_session_attrs=read-write"


def test_several_servers_of_which_one_takes_writes():
    entry = addresses.parse(SEVERAL, conn_max_age=60)
    assert (entry["HOST"], entry["PORT"]) == ("one.example,fd00::2,two.example", "5433,5432,5432")
    assert (entry["USER"], entry["PASSWORD"], entry["NAME"]) == ("scn_app", "a@b", "scn")
    assert entry["OPTIONS"] == {"target_session_attrs": "read-write"}
    assert entry["CONN_MAX_AGE"] == 60


def test_one_server_is_what_it_was():
    entry = addresses.parse("postgres://scn_app@%2Fvar%2Frun%2Fpostgresql/scn")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("/var/run/postgresql", "", "scn")
    with pytest.raises(ValueError, match="not a valid url"):
        addresses.parse("postgres://scn@host:port/scn")


def test_the_server_that_answered_last_is_asked_first(monkeypatch):
    monkeypatch.setattr(addresses, "_last", None)
    given = {"host": "one,two,three", "port": "1,2,3", "user": "x"}
    assert addresses.last_to_answer_first(given) == given
    addresses.answered(SimpleNamespace(info=SimpleNamespace(host="two", port=2)))
    assert addresses.last_to_answer_first(given) == {"host": "two,one,three", "port": "2,1,3", "user": "x"}
    assert addresses.last_to_answer_first({"host": "two", "port": 2}) == {"host": "two", "port": 2}
    assert addresses.last_to_answer_first({"host": "a,b", "port": "2,2"}) == {"host": "a,b", "port": "2,2"}


def test_behind_a_pooler_nothing_is_asked_of_a_session():
    entry = time_outs.WORK.put_into({"OPTIONS": {"sslmode": "require"}}, "transaction")
    assert entry["EACH_TRANSACTION"] == {"lock_timeout": "60s", "statement_timeout": "1800s"}
    assert entry["OPTIONS"] == {"connect_timeout": 10, "sslmode": "require"}
    assert "EACH_TRANSACTION" not in time_outs.WORK.put_into({}, "session")
