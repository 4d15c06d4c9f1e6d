"""Steps of a review beside the plain verdict: cases that wait, many at once, teams, filters, the clock."""

from __future__ import annotations

import pytest

from core.errors import ParameterError
from core.project.project import Project
from core.review.events import Verdict
from core.review.filters import Filter
from core.review.queue import Case
from core.review.session import Session
from core.review.team import Team
from core.words import message

LATER, LATEST = "2026-03-15T09:00:00+00:00", "2026-03-16T09:00:00+00:00"


class Clock:
    """A clock that stands until it is set."""

    now = "2026-03-14T09:00:00+00:00"

    def __call__(self):
        return self.now


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


def cases(n=6):
    return [Case(f"P-{i}", 10 * i, 9.0 - i, i + 1, title=f"Shop {i}", amount=f"{i}.00", column="amount")
            for i in range(n)]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(project, clock):
    return Session(project.journal, cases(), run="r", reviewer="kim", clock=clock)


def keys(session):
    return [c.key for c in session.shown]


def test_a_snoozed_case_leaves_the_queue_until_its_time_and_comes_back_by_itself(session, clock):
    session.snooze("P-0", LATER, "bank answers tomorrow")
    assert session.position == "P-1"
    assert "P-0" not in keys(session)
    assert session.away["snoozed"] == 1
    assert session.state("P-0").why == "bank answers tomorrow"
    clock.now = LATEST
    session.renew()
    assert keys(session)[0] == "P-0"
    assert session.away["snoozed"] == 0
    with pytest.raises(ParameterError):
        session.snooze("P-1", LATER)


def test_an_escalated_case_is_found_by_asking_for_it_and_a_verdict_ends_the_waiting(session):
    session.escalate("P-0", "lee", "above my limit")
    assert "P-0" not in keys(session)
    session.choose(Filter.parse("is:escalated"))
    assert keys(session) == ["P-0"] == [session.position]
    session.decide("P-0", "fraud")
    session.choose(Filter())
    assert len(keys(session)) == 6
    session.undo()
    assert session.state("P-0").escalated_to == "lee"


def test_claimed_cases_are_not_shown_to_others_until_they_are_given_back(project, session):
    session.assign(["P-0", "P-1"], "lee")
    assert session.position == "P-2"
    assert keys(session) == ["P-2", "P-3", "P-4", "P-5"]
    lee = Session(project.journal, cases(), run="r", reviewer="lee")
    assert len(keys(lee)) == 6
    lee.assign(["P-0", "P-1"], "")
    session.refresh()
    assert len(keys(session)) == 6


def test_handing_other_cases_over_leaves_the_case_on_the_desk(session):
    session.go("P-4")
    session.assign(["P-0", "P-1"], "lee")
    assert session.position == "P-4"


def test_one_verdict_on_many_cases_is_one_entry_and_one_undo(project, session):
    entry = session.decide_all(["P-1", "P-3", "P-1"], "normal", note="all from the test terminal")
    assert [c["case"] for c in entry.event["cases"]] == ["P-1", "P-3"]
    assert [c["score"] for c in entry.event["cases"]] == [8.0, 6.0]
    assert project.journal.length == 1
    assert session.counts.normal == 2
    assert session.state("P-3").note == "all from the test terminal"
    step = session.undo()
    assert (step.key, session.counts.decided) == ("P-1", 0)
    session.redo()
    assert session.state("P-3").verdict is Verdict.NORMAL
    with pytest.raises(ParameterError):
        session.decide_all([], "normal")
    with pytest.raises(ParameterError):
        session.decide_all(["P-0", "P-99"], "fraud")
    assert session.state("P-0").verdict is None


def test_a_group_joins_as_one_and_leaves_as_one(session):
    entry = session.gather("card 7731", [Case(f"G-{i}", 100 + i, 1.0, 50 + i) for i in range(3)])
    assert session.group("G-1") == ("card 7731", ("G-0", "G-1", "G-2"))
    assert session.group("P-0") is None
    session.take_back(entry)
    assert len(session.cases) == 6
    assert session.group("G-1") is None


def test_where_the_team_wants_a_reason_no_verdict_goes_without(project):
    session = Session(project.journal, cases(), team=Team(needed="fraud"))
    with pytest.raises(ParameterError, match="reason is needed"):
        session.decide("P-0", "fraud")
    session.decide("P-0", "fraud", ("amount",))
    session.decide("P-1", "normal")
    always = Session(project.journal, cases(), team=Team(needed="always"))
    with pytest.raises(ParameterError):
        always.decide_all(["P-2"], "normal")
    always.decide("P-2", "unsure")


def test_a_teams_words_and_codes_survive_and_struck_codes_are_still_told():
    team = Team("defect").with_codes(["Scratch", message("review.reason.place"), " ", "Wrong colour"])
    assert [c.key for c in team.codes] == ["scratch", "place", "wrong_colour"]
    again = Team.from_json(team.to_json())
    assert again == team
    assert again.of("fraud") == message("review.word.defect")
    assert again.of("normal") == message("review.verdict.normal")
    assert Team("leak").of("fraud") == "leak"
    assert again.reason("amount") == message("review.reason.amount")
    assert again.reason("scratch") == "Scratch"
    assert again.with_codes(["Wrong colour"]).codes[0].key == "wrong_colour"
    for bad in (["a"] * 2, [str(i) for i in range(10)], ["x" * 31]):
        with pytest.raises(ParameterError):
            team.with_codes(bad)
    assert Team.from_json(None) == Team()


@pytest.mark.parametrize(("text", "found"), [
    ("", 6), ("shop", 6), ('"shop 2"', 1), ("shop -2.00", 5), ("is:open", 4), ("is:fraud by:kim", 1), ("is:decided", 2),
    ("reason:hour", 1), ("column:amount", 6), ("column:hour", 0), ('"shop', 6), ("is:normal -is:fraud", 1),
])
def test_a_filter_finds_what_it_says(session, text, found):
    session.decide("P-0", "fraud", ("hour",))
    session.decide("P-1", "normal")
    session.choose(Filter.parse(text))
    assert len(session.shown) == found


def test_moving_and_deciding_stay_within_the_filter(session):
    session.choose(Filter.parse("-2.00 -0.00"))
    assert session.position == "P-1"
    session.decide("P-1", "normal")
    assert session.position == "P-3"
    assert session.move(-1).key == "P-1"
    with pytest.raises(ParameterError):
        Filter.parse("is:nonsense")


def test_a_hidden_score_is_told_with_the_verdict(session):
    session.is_hidden = True
    assert session.is_blind
    assert sorted(keys(session)) == [f"P-{i}" for i in range(6)]
    assert keys(session) != sorted(keys(session))  # nor does the place tell
    assert session.decide("P-0", "fraud").event["hidden"] is True
    session.is_hidden = False
    assert keys(session) == [f"P-{i}" for i in range(6)]
    assert "hidden" not in session.decide("P-1", "fraud").event


def test_another_order_changes_the_way_not_the_verdicts(session):
    session.decide("P-0", "fraud")
    session.arrange([session.case("P-4"), session.case("P-2")])
    assert [c.key for c in session.cases] == ["P-0", "P-1", "P-4", "P-2", "P-3", "P-5"]
    assert session.decide("P-1", "normal").event["next"] == "P-4"
    session.arrange(None)
    assert [c.key for c in session.cases] == [f"P-{i}" for i in range(6)]
    assert [c.key for c in session.decided] == ["P-0", "P-1"]


def test_a_window_that_was_killed_reopens_on_the_case_of_its_own_order(project, session):
    session.arrange([session.case("P-3"), session.case("P-5")])
    session.go("P-3")
    session.decide("P-3", "fraud")
    assert session.position == "P-5"
    assert Session(project.journal, cases(), run="r", reviewer="kim").position == "P-5"
    session.undo()
    assert Session(project.journal, cases(), run="r", reviewer="kim").position == "P-3"


def test_the_clock_counts_work_and_leaves_pauses_out(project):
    from core.project.journal import Entry
    from core.review.clock import pace

    times = ["09:00:00", "09:30:01", "09:30:11", "09:30:31", "09:50:31", "09:50:41", "09:50:46"]
    kinds = ["verdict", "verdict", "verdict", "note", "verdict", "verdict", "verdict"]
    entries = [
        Entry(i, f"2026-03-14T{at}+00:00", {"by": "kim", "type": k, **({"verdict": "fraud"} if k == "verdict" else {})},
              "", "") for i, (at, k) in enumerate(zip(times, kinds, strict=True))]
    found = pace(entries, "kim")
    assert found.verdicts == 5  # the first was another sitting
    assert found.seconds == 45
    assert found.each == 10
    assert (found.per_hour, found.left(6)) == (360, 60)
    assert pace(entries, "lee").per_hour == 0
