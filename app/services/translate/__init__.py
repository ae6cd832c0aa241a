"""The bridge from a brief to a Problem and back: the one place that knows ids and positions."""

from app.services.translate.campaign import Campaign, translate

__all__ = ["Campaign", "translate"]
