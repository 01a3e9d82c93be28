"""A backup comes back equal in every row and file, or says that it does not."""

import datetime as dt
import subprocess
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from commitments.models import UpdateDocument
from members.models import City
from scn_portal.base.backup import postgresql
from scn_portal.base.backup.manifest import Manifest
from tests.factories import (
    SMALL_PDF,
    ProgressUpdateFactory,
    RevisionFactory,
    SubscriptionFactory,
    UpdateDocumentFactory,
    commit,
)

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgname, tgenabled, obj_description(oid) FROM pg_trigger WHERE NOT tgisinternal"
)
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"


@pytest.fixture
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


@pytest.fixture
def portal(media) -> UpdateDocument:
    """Rows in both languages, with history, search columns, and a file that one of them names."""
    RevisionFactory(status="published", title_fr="L’école « d’été » à Québec")
    SubscriptionFactory()
    document = a_document()
    commit()
    return document


def a_document() -> UpdateDocument:
    update = ProgressUpdateFactory()
    document = UpdateDocumentFactory.build(pledge=update.pledge, update_row=update, by=update.author)
    document.file.save("report.pdf", ContentFile(SMALL_PDF), save=False)
    document.save()
    return document


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def everything() -> dict[str, list[tuple]]:
    """Every row of every table, generated columns too, as PostgreSQL writes it; every sequence."""
    found = {table: rows(f'SELECT t::text FROM "{table}" t ORDER BY 1') for (table,) in rows(TABLES)}
    return found | {"sequences": rows(SEQUENCES)}


def shape() -> set[tuple]:
    """Every constraint, index, trigger with its comment, and function. By name: conditions are told in other words."""
    return {
        *rows("SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint"),
        *rows("SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'"),
        *rows(TRIGGERS),
        *rows("SELECT proname, prosrc, prosecdef FROM pg_proc WHERE pronamespace = 'public'::regnamespace"),
    }


@contextmanager
def an_empty_database(settings, tmp_path):
    """Inside, the portal is on a database without a table, and on an empty MEDIA_ROOT."""
    names = connection.settings_dict["NAME"], "scn_restored_" + connection.settings_dict["NAME"]
    run(f'DROP DATABASE IF EXISTS "{names[1]}" WITH (FORCE)')
    run(f'CREATE DATABASE "{names[1]}" TEMPLATE template0')
    before = settings.MEDIA_ROOT
    try:
        connection.close()
        connection.settings_dict["NAME"] = names[1]
        settings.MEDIA_ROOT = tmp_path / "restored"
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = names[0]
        settings.MEDIA_ROOT = before
        run(f'DROP DATABASE "{names[1]}" WITH (FORCE)')


def backup(into: Path, *options: str) -> Path:
    """The folder of a new backup in `into`."""
    before = set(into.glob("2*")) if into.exists() else set()
    call_command("backup", into, *options, verbosity=0)
    (made,) = set(into.glob("2*")) - before
    return made


def test_what_is_restored_equals_what_was_saved(settings, tmp_path, portal, media, capsys):
    made = backup(tmp_path / "backups")
    saved, shape_saved = everything(), shape()
    assert len(saved) > 46
    said = capsys.readouterr()
    tables = saved.keys() - {"sequences"}
    assert f"{sum(len(saved[table]) for table in tables)} rows in {len(tables)} tables, 1 files" in said.out
    assert said.err == ""
    with an_empty_database(settings, tmp_path):
        call_command("restore", made)
        assert everything() == saved
        assert shape() == shape_saved
        assert (settings.MEDIA_ROOT / portal.file.name).read_bytes() == SMALL_PDF
        assert City.objects.count() == len(saved["members_city"])
    said = capsys.readouterr().out
    for table in tables:
        assert f"public.{table}: {len(saved[table])} saved, {len(saved[table])} here, equal" in said
    assert "1 files, 0 not equal\nEverything is as it was saved.\n" in said
    assert "migrate" not in said


def test_the_programs_of_everybody_read_a_backup(settings, tmp_path, portal):
    settings.BACKUP_STAMP = str(tmp_path / "last-backup")
    made = backup(tmp_path / "backups", "--keep-days", "0")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=made, check=True)
    assert " TABLE DATA public members_city " in postgresql.contents(made / "database.dump")
    assert (tmp_path / "last-backup").exists()
    # Names and addresses of people are in it.
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "backups", made)} == {0}


def test_what_is_written_during_a_backup_is_wholly_in_it_or_wholly_not(settings, tmp_path, portal, monkeypatch, capsys):
    """A document that arrives while pg_dump works: no row without its file, and the counts are those of the dump."""
    pg_dump = postgresql.run
    late: list[UpdateDocument] = []

    def somebody_else() -> None:
        late.append(a_document())
        connection.close()

    def while_it_works(program, *options):
        if program == "pg_dump":
            thread = Thread(target=somebody_else)
            thread.start()
            thread.join()
        return pg_dump(program, *options)

    monkeypatch.setattr(postgresql, "run", while_it_works)
    made = backup(tmp_path / "backups")
    assert (made / "media" / late[0].file.name).exists()
    assert UpdateDocument.objects.count() == 2
    assert Manifest.read(made).tables["public.commitments_updatedocument"].rows == 1
    with an_empty_database(settings, tmp_path):
        call_command("restore", made)  # which compares what was dumped with the manifest
        assert UpdateDocument.objects.count() == 1
    assert capsys.readouterr().err == ""


def test_a_lost_file_is_told(tmp_path, portal, media, capsys):
    (media / portal.file.name).unlink()
    made = backup(tmp_path / "backups")
    assert f"{portal.file.name}: a row names this file, and it is not in MEDIA_ROOT" in capsys.readouterr().err
    assert Manifest.read(made).missing == [portal.file.name]


def test_what_cannot_be_restored_whole_is_refused_before_anything_is_done(settings, tmp_path, portal):
    made = backup(tmp_path / "backups")
    with pytest.raises(CommandError, match=r"The database is not empty: it has public\.\w+ and \d+ more\. Nothing was"):
        call_command("restore", made)
    document = made / "media" / portal.file.name
    with an_empty_database(settings, tmp_path):
        settings.MEDIA_ROOT.mkdir()
        (settings.MEDIA_ROOT / "somebody’s.pdf").touch()
        with pytest.raises(CommandError, match=r"is not empty: it has 1 files\. Nothing was changed"):
            call_command("restore", made)
        document.write_bytes(SMALL_PDF[:-1] + b"?")
        with pytest.raises(CommandError, match=rf"is damaged; missing, changed or added: media/{portal.file.name}"):
            call_command("restore", made)
        document.unlink()
        with pytest.raises(CommandError, match=rf"is damaged; missing, changed or added: media/{portal.file.name}"):
            call_command("restore", made)
        with pytest.raises(CommandError, match="is no backup"):
            call_command("restore", tmp_path)
        assert rows(TABLES) == []


def test_a_backup_of_newer_code_is_refused(settings, tmp_path, portal):
    run("INSERT INTO django_migrations (app, name, applied) VALUES ('members', '9999_of_next_year', now())")
    made = backup(tmp_path / "backups")
    run("DELETE FROM django_migrations WHERE name = '9999_of_next_year'")
    with an_empty_database(settings, tmp_path), pytest.raises(CommandError, match=r"lacks: members\.9999_of_next_year"):
        call_command("restore", made)


def test_a_backup_that_fails_leaves_nothing_and_deletes_nothing(tmp_path, portal, monkeypatch):
    backups = tmp_path / "backups"
    old = backup(backups).rename(backups / "20200101T000000Z")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")  # where no server answers pg_dump
    with pytest.raises(CommandError, match="pg_dump failed"):
        backup(backups)
    assert [path.name for path in backups.iterdir() if path.is_dir()] == [old.name]


def test_old_backups_go_and_what_they_share_stays(tmp_path, portal):
    backups = tmp_path / "backups"
    old = backup(backups).rename(backups / "20200101T000000Z")
    days = [dt.datetime.now(dt.UTC) - dt.timedelta(days=number) for number in (13, 15)]
    recent, _gone = (copy_of(old, day.strftime("%Y%m%dT%H%M%SZ")) for day in days)
    (backups / "notes").mkdir()
    made = backup(backups)
    assert sorted(path.name for path in backups.iterdir() if path.is_dir()) == [recent.name, made.name, "notes"]
    # The documents of the two that are left take the space of one.
    file = Path("media") / portal.file.name
    assert (made / file).read_bytes() == SMALL_PDF
    assert (made / file).stat().st_ino == (recent / file).stat().st_ino


def copy_of(folder: Path, name: str) -> Path:
    subprocess.run(["cp", "--archive", folder, folder.parent / name], check=True)
    return folder.parent / name
