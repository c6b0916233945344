"""JSON from strangers: duplicate keys, NaN, huge numbers and deep nesting are refused before anything else.

Used by the HTTP API for bodies and by the command line for files.
"""

import json
import re
from typing import Any

DEPTH_MAX = 32
SIZE_MAX = 1_000_000
DIGITS_MAX = 18
_DEEP = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


class JsonRefused(ValueError):
    """The text is not JSON we read; the message says why, in Chinese, without quoting the text."""


def parse(text: bytes, *, size_max: int = SIZE_MAX, depth_max: int = DEPTH_MAX) -> Any:
    """Return the value of a JSON text. Raises JsonRefused."""
    if len(text) > size_max:
        raise JsonRefused(f"内容超过 {size_max} 字节。")
    _refuse_depth(text, depth_max)
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_decimal,
        )
    except JsonRefused:
        raise
    except UnicodeDecodeError as error:
        raise JsonRefused("内容不是 UTF-8 编码。") from error
    except (ValueError, RecursionError) as error:
        place = f"(第 {error.lineno} 行第 {error.colno} 列)" if isinstance(error, json.JSONDecodeError) else ""
        raise JsonRefused(f"内容不是有效的 JSON{place}。") from error
    _refuse_surrogates(value)
    return value


def _refuse_depth(text: bytes, depth_max: int) -> None:
    depth = 0
    for match in _DEEP.finditer(text):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
            if depth > depth_max:
                raise JsonRefused(f"嵌套超过 {depth_max} 层。")
        elif token in (b"}", b"]"):
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise JsonRefused(f"键 {key[:40]!r} 重复。")
        found[key] = value
    return found


def _constant(name: str) -> Any:
    raise JsonRefused(f"{name} 不是 JSON 数值。")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > DIGITS_MAX:
        raise JsonRefused(f"数值超过 {DIGITS_MAX} 位。")
    return int(text)


def _decimal(text: str) -> float:
    if len(text) > 40 or ("e" in text.lower() and abs(int(re.split("[eE]", text)[1])) > 30):
        raise JsonRefused("数值过长或过大。")
    return float(text)


def _refuse_surrogates(value: Any) -> None:
    """A lone surrogate or a NUL can be written in JSON but not stored as text."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise JsonRefused("文字含有不能保存的字符。")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)
