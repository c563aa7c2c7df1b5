"""mappe: single values are shared, read, seen in the log, and ended; with anybody and with an office."""

from __future__ import annotations

from pathlib import Path

import pytest
from mappe.agency.asking import Question
from mappe.formats.encoding import b64u
from mappe.recipient.link import LinkHolder

from tests.clients.holder.conftest import Hand, Place
from tests.clients.office import FIELDS

PAPER = "Titel"
SHARE = ("share-link", "--purpose", "Flat", "--yes")


@pytest.fixture
def paper(amira: Hand) -> str:
    values = ("--field", "family_name=Ḥusaynī", "--field", "given_name=Amira", "--field", "date_of_expiry=2031-05-04")
    return str(amira.ok("add", "residence_title", "--title", PAPER, *values)["id"])


def test_a_link_is_read_logged_and_ended(amira: Hand, paper: str, tmp_path: Path) -> None:
    picture = tmp_path / "code.svg"
    take = ("--take", f"{PAPER}:family_name", "--take", f"{paper}:valid-today")
    done = amira.run(*SHARE, *take, "--to", "Familie Brandstetter", "--opens", "2", "--qr", str(picture))
    assert (done.exit_code, picture.read_bytes()[:5]) == (0, b"<?xml")
    assert "Ḥusaynī" in done.stderr and "For: Familie Brandstetter" in done.stderr
    link, passcode, ending = done.stdout.splitlines()
    grant = ending.split()[-1]
    reader = LinkHolder(link)
    opened = reader.open(passcode.removeprefix("Passcode: ")[:7])
    assert {one.content["value"] for one in opened.grant.slots.values()} == {"Ḥusaynī", True}
    (row,) = amira.ok("shares")
    assert (row["id"], row["to"], row["state"], row["opens_used"]) == (grant, "Familie Brandstetter", "active", 1)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(next(one for one in reader.receipts.all() if one.entry.kind == "grant-opened").for_holder())
    log = amira.ok("log", "--receipt", str(receipt))
    entry = log["entries"][log["receipt"] - 1]
    assert (entry["kind"], entry["who"]) == ("grant-opened", "Familie Brandstetter")
    assert set(entry["fields"]) == {"residence_title.family_name", "residence_title.valid_today"}
    assert f"The receipt is entry {log['receipt']}." in amira.run("log", "--receipt", str(receipt)).stderr
    assert amira.ok("end", grant) == {"ended": [grant]}
    assert amira.ok("shares")[0]["state"] == "ended"
    amira.refused(2, "nothing-to-end", "end", "--all")


def test_what_cannot_be_shared_is_named_and_shares_nothing(amira: Hand, paper: str, tmp_path: Path) -> None:
    def refused(code: str, *options: str) -> str:
        return amira.refused(2, code, *SHARE, *options)

    for take in (PAPER, f"{PAPER}:", ":family_name"):
        assert repr(take) in refused("bad-take", "--take", take)
    assert "'Pass'" in refused("no-such-paper", "--take", "Pass:number")
    assert "'eyes'" in refused("no-such-field", "--take", f"{PAPER}:eyes")
    refused("no-such-field", "--take", f"{PAPER}:file0")
    refused("no-such-file", "--take", f"{PAPER}:file")
    refused("cannot-derive", "--take", f"{PAPER}:adult-today")
    fine = ("--take", f"{PAPER}:family_name")
    refused("bad-qr-file", *fine, "--qr", str(tmp_path / "code.gif"))
    amira.refused(2, "not-confirmed", "share-link", "--purpose", "Flat", *fine)
    assert amira.ok("shares") == []
    assert amira.run(*SHARE, *fine, "--days", "400").exit_code == 2
    amira.refused(2, "nothing-to-end", "end")
    amira.refused(2, "nothing-to-end", "end", "A" * 22)
    amira.refused(2, "bad-id", "end", "mine")
    amira.refused(2, "nothing-to-end", "end", "--agency", "Jobcenter Erlangen")
    (tmp_path / "no.json").write_text("[]")
    amira.refused(2, "bad-receipt", "log", "--receipt", str(tmp_path / "no.json"))


def test_an_office_asks_and_is_answered(place: Place, amira: Hand, paper: str) -> None:
    pinned = amira.ok("roots", str(place.hold.roots_file))
    assert (pinned["bundle"], len(pinned["fingerprint"])) == ("erlangen", 19)
    assert [row["id"] for row in amira.ok("offices")] == ["jobcenter-erlangen"]
    asked = place.agency.ask(Question("benefit", "link", FIELDS[:2], (), "Nothing happens.", "en", None, 60))
    shown = amira.ok("request", "-", stdin=asked.link + "\n")
    assert (shown["agency"], [row["papers"] for row in shown["fields"]]) == ("jobcenter-erlangen", [[paper], [paper]])
    amira.refused(2, "missing", "answer", asked.link, "--take", FIELDS[2], "--yes")
    amira.refused(2, "bad-link", "request", "https://elsewhere.example/r#" + "A" * 43)
    amira.refused(2, "bad-link", "request", "nonsense")
    done = amira.ok("answer", asked.link, "--take", FIELDS[1], "--yes")
    (answer,) = place.agency.collect(asked, done["digits"]).answers
    assert b64u(answer.grant) == done["grant"]
    amira.refused(3, "request-answered", "request", asked.link)


def test_sharing_with_an_office_unasked(place: Place, amira: Hand, paper: str) -> None:
    amira.ok("roots", str(place.hold.roots_file))
    share = ("--take", f"{PAPER}:{FIELDS[0].partition('.')[2]}", "--purpose", "My case", "--yes")
    amira.refused(2, "unknown-agency", "share-agency", "sozialamt", *share)
    assert amira.run("share-agency", "jobcenter-erlangen", *share, "--basis", "whim").exit_code == 2
    made = amira.ok("share-agency", "jobcenter-erlangen", *share, "--standing")
    assert [b64u(one.grant) for one in place.agency.inbox().answers] == [made["grant"]]
    assert amira.ok("republish", made["grant"])["version"] == 2
    assert amira.ok("end", "--agency", place.agency.profile.name)["ended"] == [made["grant"]]
