"""`manage.py proxy_rules`: updates the lists of addresses and parameters in the proxies' configurations."""

from typing import Any

from django.core.management.base import BaseCommand

from scn_portal.base.http import proxy_rules


class Command(BaseCommand):
    help = "Write the lists of public addresses and their parameters into deploy/nginx.conf and deploy/varnish.vcl."

    def handle(self, *args: Any, **options: Any) -> None:
        for path in proxy_rules.outdated():
            path.write_text(proxy_rules.written_into(path.read_text()))
            self.stdout.write(f"{path.name}: written anew")
