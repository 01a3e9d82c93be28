"""`make test-deploy`: the commands of docs/operations.md, run on a fresh Debian as an administrator would.

Debian is unpacked into a folder by debootstrap, and everything happens inside it, in namespaces of its own: nothing of
this machine changes, and every process ends with the test. systemd cannot run in there, so `systemctl.py` stands in for
it: it starts what the units say, as the user they say, with their environment files, their read-only file system and
without privileges. What it cannot try (limits of memory and of system calls, restarts, timers) is left to
`systemd-analyze`. Once everything is installed, no packet leaves the folder: its network is a loopback of its own.
"""
