"""The policy and the gate: what refuses a copy, what only advises, and what a policy file may not say."""

from __future__ import annotations

import json

import pytest

from core.errors import ParameterError
from core.release.gate import FAILED, is_accepted, judge
from core.release.policy import FACTS, read_policy
from core.words import words

CLEAN = {
    "exact_copies": (0.001, 0.0005, 0.002), "partial_copies": (0.01, 0.006, 0.015), "dcr_share": (0.51, 0.49, 0.53),
    "membership": (0.51, 0.49, 0.53), "linkability": (0.02, 0.01, 0.03), "two_sample_auc": (0.6, 0.58, 0.62),
    "shapes": (0.98, 0.97, 0.99), "trends": (0.96, 0.95, 0.97),
}
HOLDOUT = {"exact_copies": 0.001, "linkability": 0.02, "membership": 0.48}
FAITHFUL = ("two_sample_auc", "shapes", "trends")
GOOD = {"subjects": 5.0, "real_values": 0.0, "rules_kept": 1.0, "rows_per_training_row": 1.0, "holdout_rows": 400.0}


def report(better=None, leaks=(), **changed):
    """What an evaluation answers, with some figures changed: (value, low, high), or None where not measured."""
    figures = {**CLEAN, **changed}
    groups = {k: "fidelity" if k in FAITHFUL else "privacy" for k in figures}
    said: dict[str, dict] = {"fidelity": {}, "privacy": {}}
    for key, found in figures.items():
        said[groups[key]][key] = found[0] if found else None
    return {
        **said, "intervals": {k: list(v[1:]) if v else [None, None] for k, v in figures.items()},
        "references": {"holdout": HOLDOUT}, "details": {}, "notes": [],
        "leaks": list(leaks),
        "metrics": [{"key": k, "group": g, "better": (better or {}).get(k, "lower"), "share": True}
                    for k, g in groups.items()],
    }


def states(policy=None, facts=GOOD, **changed):
    policy = policy or read_policy(None)
    return {c.metric: c.state for c in judge(policy, report(**changed), facts)}


def test_a_clean_copy_keeps_every_line_of_the_standard_policy():
    assert set(states().values()) == {"passed"}


@pytest.mark.parametrize(("metric", "found"), [
    ("exact_copies", (0.01, 0.004, 0.02)), ("partial_copies", (0.05, 0.03, 0.08)), ("dcr_share", (0.6, 0.55, 0.65)),
    ("membership", (0.6, 0.55, 0.65)), ("linkability", (0.2, 0.1, 0.3)),
])
def test_a_leak_that_is_certain_refuses_the_copy_and_says_what_to_change(metric, found):
    leaks = () if metric in {"exact_copies", "dcr_share"} else (metric,)
    checks = judge(read_policy(None), report(leaks=leaks, **{metric: found}), GOOD)
    assert not is_accepted(checks)
    assert (checks[0].metric, checks[0].state) == (metric, FAILED), "missed lines come first"
    said = " ".join(words().text(m) for m in (checks[0].title, checks[0].sentence, checks[0].fix))
    assert "release." not in said
    assert "{" not in said


def test_an_attack_is_read_beside_chance_where_unseen_rows_cannot_tell_it_and_beside_nothing_where_nothing_is_known():
    found = report()
    for metric in found["metrics"]:
        metric["chance"] = 0.5 if metric["key"] == "membership" else None
    said = {c.metric: words().text(c.sentence) for c in judge(read_policy(None), found, GOOD)}
    assert "50% is chance" in said["membership"]
    assert "48%" not in said["membership"]
    assert "2% for unseen real rows" in said["linkability"]
    assert "not measured" not in said["partial_copies"]


def test_what_may_be_noise_refuses_nothing():
    assert is_accepted(judge(read_policy(None), report(membership=(0.53, 0.499, 0.56)), GOOD))


@pytest.mark.parametrize(("fact", "value"), [
    ("subjects", 0.0), ("real_values", 1.0), ("rules_kept", 0.999), ("rows_per_training_row", 1.51),
    ("holdout_rows", 99.0),
])
def test_facts_of_the_draw_refuse_as_well(fact, value):
    assert states(facts={**GOOD, fact: value})[fact] == FAILED


def test_no_rules_asked_is_no_rule_broken():
    facts = {k: v for k, v in GOOD.items() if k != "rules_kept"}
    assert states(facts=facts)["rules_kept"] == "unmeasured"


def test_what_was_asked_for_and_could_not_be_measured_refuses():
    found = states(dcr_share=None, linkability=None)
    assert found["dcr_share"] == FAILED
    assert found["linkability"] == "unmeasured", "nobody named it"


def test_advice_refuses_nothing_but_is_told():
    checks = judge(read_policy(None), report(two_sample_auc=(0.95, 0.94, 0.96)), GOOD)
    assert is_accepted(checks)
    assert (checks[0].metric, checks[0].state) == ("two_sample_auc", "advisory")


def test_where_more_is_safer_the_line_is_turned_round():
    lines = policy_of([{"metric": "privacy.*", "end": "low", "max": "holdout"}])
    for found, state in (((0.001, 0.0, 0.002), FAILED), ((0.5, 0.4, 0.6), "passed")):
        assert states(lines, better={"linkability": "higher"}, linkability=found)["linkability"] == state


def policy_of(lines, tmp=None):
    from core.release.policy import Line, Policy

    return Policy("mine", tuple(Line.from_json(line) for line in lines))


WRONG = {
    "missing": (None, "release.policy_missing"), "not JSON": ("{", "release.policy_json"),
    "a list": ("[]", "release.policy_version"), "newer": ('{"version": 3, "lines": []}', "release.policy_version"),
    "no lines": ('{"version": 1}', "release.policy_line"),
    "no metric": ('{"version": 1, "lines": [{"max": 1}]}', "release.policy_line"),
    "no limit": ('{"version": 1, "lines": [{"metric": "subjects"}]}', "release.policy_line"),
    "both limits": ('{"version": 1, "lines": [{"metric": "subjects", "max": 1, "min": 1}]}', "release.policy_line"),
    "a typing error": ('{"version": 1, "lines": [{"metric": "subjects", "maks": 1}]}', "release.policy_line"),
    "true as a number": ('{"version": 1, "lines": [{"metric": "subjects", "max": true}]}', "release.policy_line"),
    "a refinement of no kind": ('{"version": 2, "refinement": "no", "lines": []}', "release.policy_line"),
    "lines of no kind": ('{"version": 1, "lines": 5}', "release.policy_line"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_policy_that_cannot_be_meant_is_refused_in_three_lines(tmp_path, name):
    text, key = WRONG[name]
    file = tmp_path / "policy.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ParameterError) as error:
        read_policy(file)
    assert error.value.key == key
    assert all(line.endswith(".") and "{" not in line for line in error.value.lines())


def test_what_is_tolerated_is_the_evaluations_to_say_and_only_of_a_most():
    lines = policy_of([{"metric": "linkability", "max": "tolerated", "required": False}])
    assert states(lines, leaks=["linkability"])["linkability"] == "advisory"
    assert states(lines, linkability=(0.9, 0.8, 1.0))["linkability"] == "passed"
    with pytest.raises(ValueError, match="tolerated"):
        policy_of([{"metric": "linkability", "min": "tolerated"}])


def test_a_line_about_something_that_nothing_measures_is_refused(tmp_path):
    policy = policy_of([{"metric": "memberschip", "max": 1}])
    with pytest.raises(ParameterError) as error:
        policy.check(["membership"])
    assert "memberschip" in error.value.lines()[0]
    assert "membership" in error.value.lines()[2]
    with pytest.raises(ParameterError):
        policy_of([{"metric": "subjects", "min": "holdout"}]).check([])


def test_a_policy_file_says_what_was_read_from_it(tmp_path):
    standard = read_policy(None)
    (tmp_path / "p.json").write_text(json.dumps(standard.to_json()))
    again = read_policy(tmp_path / "p.json")
    assert again == standard
    assert again.fingerprint == standard.fingerprint
    assert standard.subjects == 5
    assert standard.refinement
    assert {line.metric for line in standard.lines} >= set(FACTS)


def test_the_strict_policy_asks_more_in_every_line_and_forbids_refining():
    standard, strict = read_policy(None), read_policy("strict")
    assert not strict.refinement
    assert read_policy("standard") == standard
    assert strict.subjects > standard.subjects
    strict.check([line.metric for line in strict.lines])
    own = {line.metric: line for line in strict.lines}
    assert {line.metric for line in standard.lines} <= own.keys()
    for line in standard.lines:
        asked = own[line.metric]
        assert asked.required >= line.required
        if not isinstance(line.limit, str):
            assert asked.limit >= line.limit if line.bound == "min" else asked.limit <= line.limit, line.metric


def test_a_policy_of_before_allows_refining_and_a_file_of_a_shipped_name_comes_first(tmp_path, monkeypatch):
    (tmp_path / "strict").write_text('{"version": 1, "name": "own", "lines": []}')
    monkeypatch.chdir(tmp_path)
    found = read_policy("strict")
    assert (found.name, found.refinement) == ("own", True)
