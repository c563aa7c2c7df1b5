"""mappe-agency gives something back, mappe takes it over: marks, papers as data, files; from keyboard to keyboard."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from mappe.cli.agency import app
from typer.testing import CliRunner

from tests.clients.holder.conftest import Hand, Place
from tests.support.papers import scanned_pdf

OFFICE = "jobcenter-erlangen"
NAME, EXPIRY = "residence_title.family_name", "residence_title.date_of_expiry"
ROW = "Jobcenter Erlangen"


def office(place: Place, *command: str) -> Any:
    return CliRunner().invoke(app, [*command, "--folder", str(place.agency.profile.folder)])


def done(place: Place, *command: str) -> Any:
    answer = office(place, *command, "--json")
    assert (answer.exit_code, answer.stderr) == (0, ""), answer.output
    return json.loads(answer.stdout)


def refused(place: Place, code: str, *command: str) -> None:
    answer = office(place, *command, "--json")
    assert (answer.exit_code, answer.stdout) == (2, ""), answer.output
    assert json.loads(answer.stderr)["error"]["code"] == code


@pytest.fixture
def amira(place: Place, amira: Hand) -> Hand:
    """Knows the registry, and has a title."""
    amira.ok("roots", str(place.hold.roots_file))
    values = ("--field", "family_name=Haddad", "--field", "date_of_expiry=2031-05-04")
    amira.ok("add", "residence_title", "--title", "Titel", *values)
    return amira


def share(amira: Hand, *fields: str) -> str:
    takes = [part for name in fields for part in ("--take", f"Titel:{name.partition('.')[2]}")]
    return str(amira.ok("share-agency", OFFICE, *takes, "--purpose", "My case", "--yes")["grant"])


def test_an_office_signs_what_it_has_seen_and_it_travels(place: Place, amira: Hand, tmp_path: Path) -> None:
    grant, code = share(amira, NAME, EXPIRY), amira.ok("deposit-code", "Office")["link"]
    done(place, "inbox")
    before = office(place, "redeem", grant)
    assert before.stdout.count("own statement, not checked") == 2
    refused(place, "not-shared", "sign", grant, "--field", "person.birthdate", "--into", code)
    refused(place, "bad-link", "sign", grant, "--field", EXPIRY, "--into", "nonsense")
    signed = done(place, "sign", grant, "--field", EXPIRY, "--into", code)
    assert (signed["signed"], signed["says"]) == ([EXPIRY], "seen-in-original")
    (row,) = amira.ok("inbox")
    assert (row["kind"], row["from"]) == ("mark", ROW)
    assert amira.ok("inbox", "--accept", "1")[0]["state"] == "taken over"
    record = amira.ok("show", "Titel")["fields"]["date_of_expiry"][0]
    assert (record["assurance"], record["evidence"][0]["name"]) == ("seen-in-original", ROW)
    again = share(amira, NAME, EXPIRY)
    done(place, "inbox")
    target = tmp_path / "read.csv"
    shown = office(place, "redeem", again, "--save-csv", str(target), "--save-pdf", str(tmp_path / "read.pdf"))
    assert f"seen in the original by {ROW} on " in shown.stdout
    assert shown.stdout.count("own statement, not checked") == 1
    rows = {row["name"]: row for row in csv.DictReader(target.read_text("utf-8-sig").splitlines())}
    assert rows[EXPIRY]["verified"].startswith(f"seen in the original by {ROW} on ")
    assert rows[NAME]["verified"] == ""
    marks = {one["name"]: one["marks"] for one in done(place, "redeem", again)["fields"]}
    assert marks[NAME] == []
    assert {name: marks[EXPIRY][0][name] for name in ("state", "agency", "by")} == {
        "state": "holds",
        "agency": OFFICE,
        "by": ROW,
    }


def test_an_office_puts_in_its_own_paper(place: Place, amira: Hand, tmp_path: Path) -> None:
    grant, code = share(amira, NAME), amira.ok("deposit-code", "Office")["link"]
    done(place, "inbox")
    scan = scanned_pdf(tmp_path / "Bescheid.pdf", pages=1)
    paper = ("issue", "benefit_notice", "--into", code, "--title", "Bescheid")
    refused(place, "no-such-type", "issue", "notice", *paper[2:], "--field", "reference=1")
    for wrong in ("refrence=1", "reference", "reference="):
        refused(place, "bad-field", *paper, "--field", wrong)
    refused(place, "bad-value", *paper, "--field", "amounts=lots")
    refused(place, "statement-wrong", *paper, "--field", "reference=1", "--as-of", "today")
    values = ("--field", "reference=0042", "--field", "period_from=2026-10-01")
    done(place, *paper, *values, "--of", grant, "--file", str(scan))
    done(place, "deposit", str(scan), "--into", code)
    waiting = amira.ok("inbox")
    assert sorted((row["kind"], row["from"]) for row in waiting) == [
        ("credential", ROW),
        ("paper", ROW),
        ("paper", ROW),
    ]
    amira.ok("inbox", *(part for row in waiting for part in ("--accept", str(row["nr"]))))
    shown = amira.ok("show", "Bescheid")["fields"]
    assert {name: (one["value"], one["assurance"], one["source"]) for name, (one,) in shown.items()} == {
        "reference": ("0042", "issuer-signed", ROW),
        "period_from": ("2026-10-01", "issuer-signed", ROW),
    }
    assert amira.ok("inbox") == []


def test_without_the_registry_an_offices_word_is_nobodys(place: Place, amira: Hand) -> None:
    code = amira.ok("deposit-code", "Office")["link"]
    done(place, "issue", "benefit_notice", "--into", code, "--title", "B", "--field", "reference=1")
    (amira.folder / "roots.json").unlink()
    (row,) = amira.ok("inbox")
    assert (row["kind"], row["from"]) == ("credential", "unknown sender")
    amira.refused(2, "no-roots", "inbox", "--accept", "1")
    assert amira.ok("inbox", "--discard", "1")[0]["state"] == "thrown away"
    assert [one["title"] for one in amira.ok("list")] == ["Titel"]
