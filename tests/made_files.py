"""Files that a worker makes, in tests without one."""

from scn_portal.site.files import kinds


def work_off() -> int:
    """Do what the workers would: make every file that waits. Returns how many there were."""
    made = 0
    while kinds.make_next():
        made += 1
    return made


def taken(client, address: str, query: dict | None = None, **more):
    """The answer at the address of a file, whole or made first: whoever asks comes back when it is ready."""
    response = client.get(address, query or {}, follow=True, **more)
    if response.status_code == 202:
        assert work_off()
        response = client.get(address, query or {}, follow=True, **more)
    return response
