"""What holds for every suite: a property may take as long as a busy machine needs for it."""

from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")
