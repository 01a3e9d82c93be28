"""Backups: the database and the files of MEDIA_ROOT in one folder, with sums that prove a complete restore.

A backup is a folder named after its time, such as `20261126T021500Z`:

- `database.dump`, in the custom format of pg_dump
- `media/`, every file of MEDIA_ROOT except those that a worker makes again; empty if the files are in MEDIA_BUCKET
  (`bucket.py`)
- `manifest.json`: version, migrations, and for each table its rows and the sum of their contents
- `SHA256SUMS`: the hash of each of these files, as `sha256sum --check` reads it
"""
