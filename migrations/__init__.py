"""Alembic migrations; shipped with the service and run by ``app.storage.migrate``."""
