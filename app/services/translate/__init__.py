"""The bridge from a brief to a Problem and back: the one place that knows ids and positions."""

from app.services.translate.campaign import Campaign, currency_in, translate, translate_columns, wanted_dimensions

__all__ = ["Campaign", "currency_in", "translate", "translate_columns", "wanted_dimensions"]
