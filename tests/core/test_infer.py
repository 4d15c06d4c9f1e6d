"""Kinds and roles guessed from names and values, and the reasons given for them."""

from __future__ import annotations

import pytest

from core.data import Kind, Role
from core.data.infer import name_words
from core.data.open import ReadOptions, open_source
from core.words import words

N = 200


def opened(tmp_path, options=None, **columns):
    """A CSV file of these columns, opened."""
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    return open_source(path, options).schema


def cycle(*values):
    return [values[i % len(values)] for i in range(N)]


GUESSES = {
    # name: values, kind, role
    "payment_id": ([f"P-{i:05d}" for i in range(N)], Kind.ID, Role.ID),
    "transactionId": ([1000 + 7 * i for i in range(N)], Kind.ID, Role.ID),
    "Unnamed: 0": (list(range(N)), Kind.ID, Role.ID),
    "counter": (list(range(N)), Kind.ID, Role.ID),
    "reading": ([i * i for i in range(N)], Kind.INTEGER, Role.FEATURE),
    "card": ([8000 + i % 40 for i in range(N)], Kind.ID, Role.ENTITY),
    "CUSTOMER_ID": ([f"C-{i % 50}" for i in range(N)], Kind.ID, Role.ENTITY),
    "email": ([f"user{i % 60}@example.org" for i in range(N)], Kind.ID, Role.ENTITY),
    "card_type": (cycle("debit", "credit"), Kind.CATEGORY, Role.FEATURE),
    "merchant": (cycle("Silver Arcade", "Blue Fuel", "Corner Shop"), Kind.CATEGORY, Role.FEATURE),
    "time": ([f"2026-03-{1 + i % 28:02d} 10:00:00" for i in range(N)], Kind.DATETIME, Role.TIME),
    "date_of_birth": ([f"19{50 + i % 50}-03-01" for i in range(N)], Kind.DATETIME, Role.FEATURE),
    "amount": ([f"{i % 90}.50" for i in range(N)], Kind.NUMBER, Role.AMOUNT),
    "distance": ([f"{i % 90}.5" for i in range(N)], Kind.NUMBER, Role.FEATURE),
    "is_fraud": (cycle(*[0] * 19, 1), Kind.BOOLEAN, Role.LABEL),
    "fraud_kind": (cycle(*["none"] * 9, "burst"), Kind.CATEGORY, Role.LABEL),
    "FraudFound": (cycle(*["No"] * 9, "Yes"), Kind.BOOLEAN, Role.LABEL),
    "Class": (cycle(*["0.0"] * 19, "1.0"), Kind.BOOLEAN, Role.LABEL),
    "class": (cycle("g", "h"), Kind.CATEGORY, Role.FEATURE),
    "has_chip": (cycle(0, 1), Kind.BOOLEAN, Role.FEATURE),
    "approved": (cycle("yes", "no"), Kind.BOOLEAN, Role.FEATURE),
    "active": (cycle("true", "false"), Kind.BOOLEAN, Role.FEATURE),
    "status_code": (cycle(200, 404, 500), Kind.CATEGORY, Role.FEATURE),
    "pin_fails": (cycle(0, 1, 2, 3), Kind.INTEGER, Role.FEATURE),
    "currency": (cycle("EUR"), Kind.CATEGORY, Role.IGNORE),
    "version": (cycle(7), Kind.INTEGER, Role.IGNORE),
    "empty": (cycle(""), Kind.CATEGORY, Role.IGNORE),
    "comment": ([f"customer {i} called about an order that came late" for i in range(N)], Kind.TEXT, Role.FEATURE),
    "nick": ([f"name{i}" if i else "name1" for i in range(N)], Kind.TEXT, Role.FEATURE),
}


@pytest.mark.parametrize("name", GUESSES)
def test_guess(name, tmp_path):
    values, kind, role = GUESSES[name]
    column = opened(tmp_path, **{name: values, "other": cycle("x", "y")})[name]
    assert (column.kind, column.role) == (kind, role)
    said = words().text(column.reason)
    assert column.reason.key not in said, "the reason is not in the catalogue"


def test_the_reason_says_what_was_seen(tmp_path):
    schema = opened(tmp_path, id=GUESSES["payment_id"][0], x=cycle("a", "b"))
    assert words().text(schema["id"].reason) == "looks like an id: 100% distinct"
    assert words().text(schema["x"].reason) == "2 values"


def test_one_time_and_one_amount_a_table(tmp_path):
    """The case card shows one of each; the others are ordinary columns."""
    days = [f"2026-03-{1 + i % 28:02d}" for i in range(N)]
    numbers = [f"{i % 9}.5" for i in range(N)]
    schema = opened(tmp_path, booked=days, settled=days, fee=numbers, amount=numbers)
    assert [c.role for c in schema] == [Role.TIME, Role.FEATURE, Role.FEATURE, Role.AMOUNT]


def test_an_id_that_repeats_or_is_missing_is_no_id(tmp_path):
    ids = [f"P-{i}" for i in range(N)]
    schema = opened(tmp_path, payment_id=["P-1", *ids[1:]], other_id=["", *ids[1:]])
    assert Role.ID not in [c.role for c in schema]


def test_a_kind_given_at_import_carries_no_guess(tmp_path):
    schema = opened(tmp_path, ReadOptions(kinds=("code=id",)), code=[f"{i % 7}" for i in range(N)], x=cycle("a", "b"))
    assert (schema["code"].kind, schema["code"].role, schema["code"].reason) == (Kind.ID, Role.ID, None)


@pytest.mark.parametrize(("name", "found"), [
    ("cardId", {"card", "id"}), ("Card ID no.", {"card", "id", "no"}), ("TX_AMOUNT", {"tx", "amount"}),
    ("HTTPStatus", {"http", "status"}), ("", set()),
])
def test_names_fall_into_words(name, found):
    assert name_words(name) == found


def test_labels_and_ids_never_reach_a_model(tmp_path):
    schema = opened(tmp_path, **{n: GUESSES[n][0] for n in ("payment_id", "card", "amount", "is_fraud", "comment")})
    assert schema.modelled == ("amount",)
