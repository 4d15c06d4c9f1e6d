"""Days and months as the language of the window writes them: `strftime` knows English only."""

from __future__ import annotations

from datetime import date

from .text import tr

__all__ = ["dated", "month"]


def month(day: date) -> str:
    """The short name of a day's month."""
    return tr(f"gui.month.{day.month}")


def dated(day: date, form: str) -> str:
    """A day or moment in a form of the catalogue: year, month, short, day; date, clock and moment stand in columns."""
    return tr(f"gui.date.{form}", day=str(day.day), padded=f"{day:%d}", month=month(day), year=str(day.year),
              clock=f"{day:%H:%M}")
