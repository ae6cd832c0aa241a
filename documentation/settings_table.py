"""The settings of the service as a table, from ``app/settings.py``."""

from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from app.settings import PREFIX, Settings


def settings_table() -> str:
    """A row per setting, in the order of the class."""
    rows = [_row(name, setting) for name, setting in Settings.model_fields.items()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows, ""])


def _row(name: str, setting: FieldInfo) -> str:
    meaning, _, told = (setting.description or "").partition(" Default: ")
    default = told or _shown(setting.get_default(call_default_factory=False))
    return f"| `{PREFIX}{name.upper()}` | {default} | {meaning.rstrip('.')} |".replace("://…", "://...")


def _shown(default: Any) -> str:
    if default is None or default in ("", frozenset(), ()):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, timedelta):
        return f"`{TypeAdapter(timedelta).dump_python(default, mode='json')}`"
    if isinstance(default, (tuple, frozenset)):
        return f"`{','.join(f'{part:g}' if isinstance(part, float) else str(part) for part in default)}`"
    if isinstance(default, int):
        return f"`{default}`" if default % 2**20 else f"`{default}` ({default // 2**20} MiB)"
    return f"`{default}`"
