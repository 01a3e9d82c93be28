"""Backups: the database and the files of MEDIA_ROOT in one folder, with what proves that they came back whole.

A backup is a folder named after its moment, such as `20261126T021500Z`:

- `database.dump`, in the custom format of pg_dump
- `media/`, every file of MEDIA_ROOT but those that a worker makes again; nothing where MEDIA_BUCKET has the files
  (`bucket.py`)
- `manifest.json`: version, migrations, and for each table its rows and the sum of their contents
- `SHA256SUMS`: the hash of each of these files, as `sha256sum --check` reads it
"""
