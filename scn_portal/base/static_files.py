"""Which static files of other packages are collected: each web process keeps a list of all of them."""

from django.contrib.staticfiles import apps


class StaticFilesConfig(apps.StaticFilesConfig):
    # 250 pictures of django-countries.
    ignore_patterns = [*apps.StaticFilesConfig.ignore_patterns, "flags"]
