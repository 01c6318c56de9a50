"""Writes the few TOML shapes of the contract files: tables, arrays of tables, scalars, arrays, inline tables."""

import json
from datetime import date, datetime
from decimal import Decimal


def write(document: dict) -> str:
    """Scalars of the top level first, then a section for every table and for every item of an array of tables."""
    lines: list[str] = []
    _write_table(document, "", lines)
    return "\n".join(lines) + "\n"


def _write_table(table: dict, path: str, lines: list[str]) -> None:
    sections = {key: value for key, value in table.items() if _is_section(value)}
    lines += [f"{key} = {_value(value)}" for key, value in table.items() if key not in sections]
    for key, value in sections.items():
        name = f"{path}.{key}" if path else key
        for item in value if isinstance(value, list) else [value]:
            lines += ["", f"[[{name}]]" if isinstance(value, list) else f"[{name}]"]
            _write_table(item, name, lines)


class Inline(dict):
    """A table written inside its line."""


def _is_section(value) -> bool:
    if isinstance(value, Inline):
        return False
    is_tables = isinstance(value, list) and value != [] and all(_is_section(item) for item in value)
    return isinstance(value, dict) or is_tables


def _value(value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case Inline():
            return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    raise TypeError(f"no TOML for {value!r}")
