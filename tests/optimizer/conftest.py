"""How hypothesis runs here: as many examples as it wants, on machines of any speed."""

from hypothesis import settings

settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")
