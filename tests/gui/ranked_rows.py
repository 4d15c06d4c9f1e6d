"""Rows as the `ranked` task sends them, made up for tests of the Detect page."""

from __future__ import annotations

from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.words import Message

RANGE = Message("detect.expected.range", {"low": "12", "high": "140"})


def reason(key="detect.reason.outside", **values):
    said = {"column": "amount", "value": "9,400", "expected": RANGE}
    return Message(key, {**said, **values}).to_json()


def item(rank, row=None):
    return {
        "row": 100 + rank if row is None else row, "key": f"P-{rank}", "rank": rank, "score": 50.0 - rank,
        "p_value": None, "in_sample": False, "column": "amount", "reason": reason(),
        "cells": [f"P-{rank}", "Volt", "9,400"], "title": "Volt",
        "subtitle": "14 Mar · card 7731", "amount": "9,400", "time": "",
    }


SCHEMA = Schema((
    ColumnSpec("id", Kind.ID, Role.ID), ColumnSpec("merchant", Kind.CATEGORY), ColumnSpec("amount", Kind.NUMBER),
))
