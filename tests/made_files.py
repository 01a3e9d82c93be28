"""Files that a worker makes, in tests without one."""

from scn_portal.site.files import kinds


def work_off() -> int:
    """Make every file that waits, as the workers would. Returns how many there were."""
    made = 0
    while kinds.make_next():
        made += 1
    return made


def taken(client, address: str, query: dict | None = None, **more):
    """The answer with the file at `address`. If a worker has to make it first, this makes it and asks again."""
    response = client.get(address, query or {}, follow=True, **more)
    if response.status_code == 202:
        assert work_off()
        response = client.get(address, query or {}, follow=True, **more)
    return response
