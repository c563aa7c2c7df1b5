"""An office and a person at one desk, against a real server: ask, answer, digits, read two of three, receipts."""

from __future__ import annotations

import json

import pytest
from mappe.agency.asking import Question
from mappe.errors import MappeError, ServerProblem

from tests.clients.agency.conftest import VALUES, Town
from tests.clients.office import FIELDS

DESK = Question("benefit", "desk", FIELDS[:2], FIELDS[2:], on_no="Der Antrag bleibt liegen.")


def test_ask_answer_collect_redeem_and_check(town: Town) -> None:
    agency, holder = town.agency, town.holder()
    asked = agency.ask(DESK)
    assert agency.state(asked) == {"state": "open", "answers": 0}
    shown = holder.look(asked.link)
    assert (shown.agency.name, shown.over_asking) == ("Jobcenter Erlangen", ())
    answered = holder.answer(asked.link, ["family_name", "given_name", "date_of_expiry"])
    assert agency.state(asked) == {"state": "answered", "answers": 1}
    with pytest.raises(ServerProblem, match="six digits"):
        agency.collect(asked)
    wrong = f"{(int(answered.digits or 0) + 1) % 1_000_000:06d}"
    with pytest.raises(ServerProblem) as refused:
        agency.collect(asked, wrong)
    assert (refused.value.code, refused.value.extra["tries_left"]) == ("digits-wrong", 4)
    (found,) = agency.collect(asked, answered.digits).answers
    assert found.grant == answered.grant
    code = json.loads((town.profile.folder / "answers").glob("*.json").__next__().read_text())["grant"]
    two = agency.redeem(code, FIELDS[:2])
    assert {slot.name: slot.content["value"] for slot in two.opened.grant.slots.values()} == {
        FIELDS[0]: VALUES["family_name"],
        FIELDS[1]: VALUES["given_name"],
    }
    assert two.missing(asked.required) == []
    with pytest.raises(MappeError) as unknown:
        agency.redeem(code, ["residence_title.file"])
    assert unknown.value.code == "not-shared"
    assert len(agency.receipts.all()) == 3  # peek, open, peek
    states = [state for _, state in agency.receipts.check(town.agency.server.now())]
    assert set(states) <= {"included", "waiting"}
