"""Excludes static files of other packages that no page uses, since each web process keeps a list of all files."""

from django.contrib.staticfiles import apps


class StaticFilesConfig(apps.StaticFilesConfig):
    # 250 pictures of django-countries.
    ignore_patterns = [*apps.StaticFilesConfig.ignore_patterns, "flags"]
