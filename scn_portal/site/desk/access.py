"""Who opens the desk's pages: 404 for everybody else."""

from scn_portal.base.http.decorators import permission_or_404

moderators_only = permission_or_404("practices.moderate_revision")
