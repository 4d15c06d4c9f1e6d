"""Personal values of a copy: recognised, valid-looking, consistent, and never one that a real row holds."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Batch, Column
from core.data.conditions import Condition
from core.data.schema import Kind, Role
from core.errors import FitError
from core.synth.draw import draw_rows, notes
from core.synth.facts import as_ids, learn_facts, made_how
from core.synth.moving import moved, weeks
from core.synth.values.base import VALUES, recognise
from core.words import words

from .tables import moments, table

GIVEN = ["Anna", "James", "Maria", "Peter", "Laura", "David", "Susan", "Mark", "Emma", "Thomas"]
FAMILY = ["Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Green", "Hall"]
PEOPLE = [f"{g} {f}" for g in GIVEN for f in FAMILY]


def is_luhn(text):
    digits = [int(c) for c in re.sub(r"\D", "", text)][::-1]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


def is_iban(text):
    bare = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def cards(n, seed=0, mask="#### #### #### ####"):
    rng = np.random.default_rng(seed)
    out = []
    while len(out) < n:
        digits = "4" + "".join(map(str, rng.integers(10, size=15)))
        if is_luhn(digits):
            left = iter(digits)
            out.append("".join(next(left) if c == "#" else c for c in mask))
    return out


def ibans(n, seed=0):
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        account = "37040044" + "".join(map(str, rng.integers(10, size=10)))
        check = 98 - int(account + "131400") % 97
        out.append(f"DE{check:02d}{account}")
    return out


def phones(n, mask="+44 7### ######", seed=0):
    rng = np.random.default_rng(seed)
    return ["".join(str(rng.integers(10)) if c == "#" else c for c in mask) for _ in range(n)]


REAL = {
    "email": [f"{p.replace(' ', '.').lower()}@bank.co.uk" for p in PEOPLE], "name": PEOPLE, "card": cards(80),
    "iban": ibans(80), "phone": phones(80),
}


@pytest.mark.parametrize("key", REAL)
def test_what_a_column_holds_is_recognised_whatever_it_is_called(key):
    assert recognise("x17", Kind.CATEGORY, REAL[key]) == key


@pytest.mark.parametrize(("name", "texts", "found"), [
    ("first_name", GIVEN, "first_name"), ("Surname", FAMILY, "last_name"), ("city", GIVEN, None),
    ("merchant", ["Harbour Grocers", "Volt & Co", "Linden Pharmacy", "Pixel Arcade", "Kestrel Jewellers"], None),
    ("country", ["United States", "Puerto Rico", "South Korea", "Dominican Republic", "El Salvador"], None),
    ("product_name", ["Green Tea", "Brown Rice", "Olive Oil", "White Bread", "Dark Chocolate"], None),
    ("card", [str(i) for i in range(4000, 4100)], None), ("payment_id", [f"P-{i:06d}" for i in range(99)], None),
    ("tx", [str(10**15 + i * 37) for i in range(200)], None), ("period", ["2024-01", "2024-02", "2024-03"], None),
    ("phone", [str(7_700_100_000 + 13 * i) for i in range(60)], "phone"),
    ("postcode", [f"{i:05d}-{i:04d}" for i in range(60)], None), ("", [], None),
])
def test_the_name_is_a_hint_and_alone_says_nothing(name, texts, found):
    assert recognise(name, Kind.INTEGER if name == "phone" else Kind.CATEGORY, texts) == found


@pytest.mark.parametrize("key", REAL)
@pytest.mark.parametrize("n", [1, 400])
def test_new_values_look_like_the_real_ones_and_are_none_of_them(key, n):
    value = VALUES.get(key)
    learned = json.loads(json.dumps(value.learn(REAL[key], np.random.default_rng(0))))
    made = value.make(learned, n, np.random.default_rng(1))
    assert len(made) == len(set(made)) == n
    assert not set(made) & set(REAL[key])
    assert value.share(made) > 0.95
    assert value.make(learned, n, np.random.default_rng(1)) == made
    for text in REAL[key]:
        assert json.dumps(text) not in json.dumps(learned), "a fit keeps no personal value"


def test_check_digits_are_right_and_nobody_has_the_number():
    make = {k: VALUES.get(k).make(VALUES.get(k).learn(REAL[k], np.random.default_rng(0)), 300, np.random.default_rng(0))
            for k in ("card", "iban", "phone", "email")}
    assert all(is_luhn(c) and re.fullmatch(r"9999( \d{4}){3}", c) for c in make["card"])
    assert all(is_iban(i) and re.fullmatch(r"DE\d\d0000\d{14}", i) for i in make["iban"])
    drama = r"\+44 (7700 900|1632 960|\d{4} 960)\d{3}"
    assert all(re.fullmatch(drama, p) for p in make["phone"])
    assert all(re.search(r"@example\.(com|org|net)$", e) for e in make["email"])


def test_marks_that_a_real_value_bears_are_given_up():
    taken = {
        "email": [f"a{i}@example.{d}" for i in range(5) for d in ("com", "org", "net")],
        "phone": phones(50, "+44 7700 900###"),
        "card": [f"9999 {c[5:]}" for c in cards(20)],
    }
    for key, real in taken.items():
        value = VALUES.get(key)
        made = value.make(value.learn(real, np.random.default_rng(0)), 200, np.random.default_rng(0))
        assert not set(made) & set(real)
        assert not [m for m in made if m.startswith(("9999", "+44 7700 900")) or m.endswith("@example.com")], key


@settings(max_examples=25, deadline=None)
@given(real=st.lists(st.from_regex(r"\A(\+[1-9]|0)[0-9 ]{6,12}[0-9]\Z"), min_size=1, max_size=60, unique=True),
       n=st.integers(1, 300))
def test_a_new_telephone_number_is_never_a_real_one(real, n):
    value = VALUES.get("phone")
    made = value.make(value.learn(real, np.random.default_rng(0)), n, np.random.default_rng(0))
    assert len(set(made)) == n
    assert not set(made) & set(real)


@settings(max_examples=10, deadline=None)
@given(real=st.sets(st.tuples(st.sampled_from(GIVEN), st.sampled_from(FAMILY)), min_size=1), n=st.integers(1, 2_000))
def test_a_new_name_is_never_a_real_one(real, n):
    texts = [" ".join(pair) for pair in sorted(real)]
    value = VALUES.get("name")
    made = value.make(value.learn(texts, np.random.default_rng(0)), n, np.random.default_rng(0))
    assert len(set(made)) == n
    assert not {m.split()[-1] for m in made} & {family for _, family in real}


def test_where_every_surname_is_taken_doubled_ones_are_made():
    from core.synth.values._people import surnames, unseen

    pool = unseen(surnames("en_US"), [f"X {s}" for s in surnames("en_US")], np.random.default_rng(0))
    assert len(pool) == 150
    assert not set(pool) & set(surnames("en_US"))


class Model:
    """Draws the modelled columns as they were."""

    def __init__(self, source):
        self.source = source

    def draw(self, n, condition, rng):
        yield self.source.batch.take(rng.integers(self.source.rows, size=n))


def customers(n=600):
    rng = np.random.default_rng(0)
    who = rng.integers(90, size=n)
    return table(
        customer=(Kind.ID, [f"C-{w:04d}" for w in who], Role.ENTITY),
        email=(Kind.CATEGORY, [REAL["email"][w] for w in who]),
        holder=(Kind.CATEGORY, [PEOPLE[w] for w in who]), teller=(Kind.CATEGORY, rng.choice(PEOPLE[90:], n)),
        iban=(Kind.ID, [ibans(n)[i] for i in range(n)], Role.ID),
        pan=(Kind.INTEGER, [int(c) for c in cards(n, mask="#" * 16)]), amount=(Kind.NUMBER, rng.lognormal(3, 1, n)),
        memo=(Kind.TEXT, [f"call {p} about {i}" for i, p in enumerate(phones(n))]),
    )


@pytest.fixture(scope="module")
def drawn():
    source = customers()
    facts = json.loads(json.dumps(learn_facts(source)))
    parts = draw_rows(Model(source), source.schema, 500, Condition(), np.random.default_rng(0), facts=facts)
    return source, facts, Batch.concat(list(parts))


def test_one_customer_keeps_one_address_and_one_name(drawn):
    _, facts, copy = drawn
    assert facts["columns"]["email"]["owner"] == "customer"
    who, mails, names = (copy[c].objects().tolist() for c in ("customer", "email", "holder"))
    assert len(set(zip(who, mails, names, strict=True))) == len(set(who)) == len(set(mails)) == len(set(names))


def test_no_personal_value_of_the_copy_is_a_real_one_and_numbers_stay_numbers(drawn):
    source, facts, copy = drawn
    for name in ("email", "holder", "teller", "iban", "pan", "customer"):
        assert not set(copy[name].objects().tolist()) & set(source.batch[name].objects().tolist()), name
    assert made_how(source.schema["teller"], facts) == "personal"
    assert 3 <= len(set(copy["teller"].objects().tolist())) <= 40, "colleagues repeat, as the real ones do"
    assert copy["pan"].kind is Kind.INTEGER
    assert all(is_luhn(str(v)) for v in copy["pan"].values.tolist())
    assert len(set(copy["pan"].values.tolist())) == 500
    assert not copy["memo"].present.any()


def test_the_user_is_told_and_cannot_set_a_condition_on_a_fiction(drawn):
    source, facts, _ = drawn
    told = " ".join(words().text(m) for m in notes(source.schema, facts))
    assert "email, holder, teller, iban, pan: fictitious" in told
    with pytest.raises(FitError):
        next(draw_rows(Model(source), source.schema, 5, Condition.parse("holder = 'Anna Smith'"),
                       np.random.default_rng(0), facts=facts))
    assert {c.name for c in as_ids(source.schema, facts) if c.role is Role.ID} >= {"email", "holder", "pan"}


def test_facts_hold_nothing_that_one_subject_has(drawn):
    source, facts, _ = drawn
    text = json.dumps(facts)
    for name in ("email", "holder", "teller", "iban", "pan", "customer"):
        assert not [v for v in source.batch[name].objects().tolist() if str(v) in text], name
    amounts = source.batch["amount"].values
    low, high = facts["ranges"]["amount"]
    assert amounts.min() < low < np.sort(amounts)[8]
    assert np.sort(amounts)[-8] < high < amounts.max()


def test_the_ends_of_a_range_stand_for_several_subjects_and_stay_where_many_share_them():
    n = 400
    owed = np.concatenate([np.zeros(40), np.arange(n - 60) + 1.0, np.full(20, 1e6)])
    source = table(card=(Kind.ID, [f"c{i // 20}" for i in range(n)], Role.ENTITY), owed=(Kind.NUMBER, owed))
    low, high = learn_facts(source)["ranges"]["owed"]
    assert low > 0, "two cards hold all the zeros"
    assert high < 1e6, "one card holds all the millions"
    plain = table(owed=(Kind.NUMBER, owed))
    assert learn_facts(plain)["ranges"]["owed"] == [0.0, 1e6]


def test_the_ends_of_a_range_are_values_that_the_column_can_hold():
    whole = np.array([1, 2, 2, 3, 4, 7, 8, 9, 9, 12])
    source = table(n=(Kind.INTEGER, whole), x=(Kind.NUMBER, whole / 10))
    ranges = learn_facts(source.with_schema(source.schema.set("x", decimals=1)))["ranges"]
    assert ranges == {"n": [2.0, 9.0], "x": [0.2, 0.9]}, "means of five at either end are 2.4 and 9"


def test_dates_move_together_by_whole_weeks_into_the_past():
    source = table(
        a=(Kind.DATETIME, moments("2024-01-01T10:00:00", 50)),
        b=(Kind.DATETIME, [None, *moments("2024-02-01", 49, "D")]),
        x=(Kind.NUMBER, np.arange(50.0)),
    )
    by = weeks(b"what never leaves")
    assert -51 <= by <= -4
    assert weeks(b"something else") != by or weeks(b"a third") != by
    after = moved(source.batch, source.schema, by)
    for name in "ab":
        before, now = source.batch[name], after[name]
        gap = (now.values - before.values)[before.present]
        assert set(gap.tolist()) == {by * 7 * 86_400_000_000}
        assert (now.missing == before.missing).all()
    assert (after["x"].values == source.batch["x"].values).all()
    assert isinstance(after["a"], Column)
