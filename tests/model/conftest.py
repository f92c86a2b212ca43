"""Properties are tried without a time limit for each example: this machine may be busy."""

from hypothesis import settings

settings.register_profile("annodesk", deadline=None)
settings.load_profile("annodesk")
