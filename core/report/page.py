"""One maker of HTML: model cards, case files and quality reports are templates in `resources/templates`.

A page is one file that loads nothing: styles, icons and plots are inside it, a policy in its head forbids everything
else, and all values are escaped. It follows the reader's light or dark scheme and prints in the light one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from .. import __version__
from ..paths import resources
from ..words import Message, Words, number, words
from . import charts

__all__ = ["render"]


def render(template: str, values: Mapping[str, Any], locale: str = "en") -> str:
    """The page of a template.

    Args:
        template: file name in `resources/templates`.
        values: what the template names; a name it does not get is an error, not an empty place.
        locale: of the words.
    """
    made = datetime.now(UTC).isoformat()
    page = _environment(locale).get_template(template).render(values, made=made, version=__version__)
    return re.sub(r"\n\s*\n+", "\n", page) + "\n"


@cache
def _environment(locale: str) -> jinja2.Environment:
    catalogue = words(locale)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources("templates")), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(
        t=catalogue.text, icon=_icon, styles=_styles(), chart=charts, locale="en" if locale == "pseudo" else locale)
    environment.filters.update(
        say=lambda said: _say(catalogue, said), number=number, cell=lambda value: _cell(catalogue, value),
        when=_when, share=lambda value: catalogue.text("report.share", value=value), short=lambda text: str(text)[:12])
    return environment


def _say(catalogue: Words, said: Message | Mapping[str, Any] | str | None) -> str:
    """A message, its JSON, or plain text."""
    if isinstance(said, Mapping):
        said = Message.from_json(said)
    return catalogue.text(said) if isinstance(said, Message) else said or ""


def _cell(catalogue: Words, value: Any) -> str | Markup:
    """Text of a table's cell; what is missing has its own words in its own style."""
    if isinstance(value, Mapping):
        word = catalogue.text(f"report.missing.{value.get('missing', 'null')}")
        return Markup('<span class="missing">{}</span>').format(word)
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _when(text: str) -> str:
    """`2026-03-14T03:12:09.123456+00:00` as `2026-03-14 03:12 UTC`."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC" if text else ""


@cache
def _icon(name: str) -> Markup:
    svg = resources("icons", f"{name}.svg").read_text("utf-8").strip()
    return Markup(svg.replace("<svg ", '<svg class="icon" aria-hidden="true" focusable="false" ', 1))  # noqa: S704 (ours)


@cache
def _styles() -> Markup:
    """The style sheet, with the window's colours as variables for both schemes."""
    theme = json.loads(resources("theme.json").read_text("utf-8"))
    light, dark = (_variables(theme[scheme]) for scheme in ("light", "dark"))
    sheet = resources("templates", "page.css").read_text("utf-8")
    return Markup(  # noqa: S704 (ours)
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{sheet}")


def _variables(tokens: Mapping[str, str]) -> str:
    opaque = {name: color for name, color in tokens.items() if len(color) == len("#rrggbb")}
    return "".join(f"--{name.replace('_', '-')}:{color};" for name, color in opaque.items())
