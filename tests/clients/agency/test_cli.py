"""mappe-agency as a clerk runs it: from keys to saved values, every exit code, every error with its next step."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from mappe.agency.keys import AgencyKeys
from mappe.agency.scan import read_code
from mappe.cli.agency import app
from mappe.cli.output import ExitCode
from mappe.errors import MappeError
from mappe.formats.encoding import b64u
from mappe.formats.registry import key_thumbprint, verify_enrolment
from mappe.operator import edits
from typer.testing import CliRunner

from tests.clients.agency.conftest import VALUES, Town
from tests.clients.office import FIELDS, Roothold, enrolment_of

invoke = CliRunner().invoke
PASSPHRASE = {"MAPPE_AGENCY_PASSPHRASE": "correct horse battery"}


def run(folder: Path, *command: str, **env: str) -> Any:
    return invoke(app, [*command, "--folder", str(folder)], env=env)


def ok(folder: Path, *command: str, **env: str) -> Any:
    done = run(folder, *command, "--json", **env)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def init(folder: Path, roots: Path, *more: str, origin: str = "https://mappe.example", **env: str) -> Any:
    who = ["--id", "sozialamt", "--name", "Sozialamt", "--address", "Markt 1", "--server", origin]
    return run(folder, "init", *who, "--roots", str(roots), *more, **env)


def test_init_makes_sealed_keys_and_an_enrolment(tmp_path: Path) -> None:
    roots, folder = Roothold(tmp_path).roots_file, tmp_path / "o"
    done = init(folder, roots)
    assert (done.exit_code, "[secret-needed]" in done.stderr, folder.exists()) == (2, True, False)
    done = init(folder, roots, "--json", "--phone", "0911", **PASSPHRASE)
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    enrolment = verify_enrolment(Path(made["enrolment"]).read_text().strip())
    assert (enrolment.id, enrolment.fingerprint) == ("sozialamt", made["fingerprint"])
    assert (folder / "keys").read_bytes().startswith(b"age-encryption.org/v1")
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o600
    assert init(folder, roots, **PASSPHRASE).exit_code == 2
    done = run(folder, "keys", "show", MAPPE_AGENCY_PASSPHRASE="wrong")
    assert (done.exit_code, "[wrong-passphrase]" in done.stderr) == (2, True)
    before = [row["kid"] for row in ok(folder, "keys", "show", **PASSPHRASE)]
    rotated = ok(folder, "keys", "rotate", "seal", **PASSPHRASE)
    assert rotated["fingerprint"] != made["fingerprint"]
    after = [row["kid"] for row in ok(folder, "keys", "show", **PASSPHRASE)]
    assert len(after) == 4 and set(before) < set(after)
    assert run(folder, "keys", "rotate", "other", **PASSPHRASE).exit_code == 2


def test_a_seal_key_of_suite_2_stands_beside_the_others(tmp_path: Path) -> None:
    roots, folder = Roothold(tmp_path).roots_file, tmp_path / "o"
    assert init(folder, roots, "--no-passphrase").exit_code == 0
    made = ok(folder, "keys", "rotate", "seal", "--suite", "2")
    first = verify_enrolment(Path(made["enrolment"]).read_text().strip())
    assert first.seal_2 is not None and len(first.seal_2) == 1216 and len(first.keys["seal"]) == 32
    rows = ok(folder, "keys", "show")
    assert [(row["use"], row["suite"]) for row in rows] == [("login", 1), ("request", 1), ("seal", 2), ("seal", 1)]
    assert rows[2]["kid"] == key_thumbprint("seal", first.seal_2)
    again = verify_enrolment(Path(ok(folder, "keys", "rotate", "seal")["enrolment"]).read_text().strip())
    assert (again.seal_2, again.keys["seal"] != first.keys["seal"]) == (first.seal_2, True)
    done = run(folder, "keys", "rotate", "login", "--suite", "2")
    assert (done.exit_code, "[no-suite]" in done.stderr) == (2, True)
    assert run(folder, "keys", "rotate", "seal", "--suite", "3").exit_code == 2


@pytest.mark.parametrize("changes", [{"suite": 3}, {"suite": 0}, {"suite": "2"}, {"use": "login"}])
def test_a_key_file_that_says_something_else_is_not_read(tmp_path: Path, changes: dict[str, object]) -> None:
    path = tmp_path / "keys"
    AgencyKeys.generate(1).with_new("seal", 2, 2).save(path)
    body = json.loads(path.read_bytes())
    assert [row.get("suite") for row in body["keys"]] == [None, None, None, 2]  # else as older programs read it
    body["keys"][3] |= changes
    path.write_text(json.dumps(body))
    with pytest.raises(MappeError) as wrong:
        AgencyKeys.load(path)
    assert wrong.value.code == "bad-keys"


def test_errors_without_a_server(tmp_path: Path) -> None:
    roots, folder = Roothold(tmp_path).roots_file, tmp_path / "o"
    done = run(tmp_path / "nowhere", "registry")
    assert (done.exit_code, "[no-agency]" in done.stderr) == (2, True)
    assert "Next: Begin with 'mappe-agency init'" in done.stderr
    assert init(folder, roots, "--no-passphrase", origin="http://mappe.example").exit_code == 2
    assert init(folder, tmp_path / "none", "--no-passphrase").exit_code == 2
    assert init(folder, roots, "--no-passphrase", origin="http://127.0.0.1:9").exit_code == 0
    done = run(folder, "registry", "--json")
    assert done.exit_code == ExitCode.UNREACHABLE
    assert json.loads(done.stderr)["error"]["code"] == "unreachable"
    (folder / "keys").chmod(0o644)
    done = run(folder, "keys", "show")
    assert (done.exit_code, "[exposed]" in done.stderr) == (2, True)
    assert invoke(app, ["redeem"]).exit_code == 2
    assert "Usage" in invoke(app, ["--help"]).output


@pytest.mark.parametrize("id_", ["-UgG0gD9aUhGG6n3CPGeAA", "--gG0gD9aUhGG6n3CPGeAA", "-fG0gD9aUhGG6n3CPGeAA-"])
def test_an_id_that_begins_with_a_hyphen_is_no_option(tmp_path: Path, id_: str) -> None:
    folder = tmp_path / "o"
    init(folder, Roothold(tmp_path).roots_file, "--no-passphrase", origin="http://127.0.0.1:9")
    for command, code in (
        (("request", "state"), "no-request"),
        (("request", "collect"), "no-request"),
        (("redeem",), "no-code"),
        (("peek",), "no-code"),
        (("receipts", "export"), "no-receipt"),
    ):
        done = run(folder, *command, id_, "--json")
        assert (done.exit_code, json.loads(done.stderr)["error"]["code"]) == (2, code)


def test_from_request_to_saved_values(town: Town, tmp_path: Path) -> None:
    folder, holder = town.profile.folder, town.holder()
    listed = ok(folder, "registry")
    assert (listed["agency"], listed["version"]) == ("jobcenter-erlangen", 1)
    png = tmp_path / "q.png"
    wanted = [option for name in FIELDS[:2] for option in ("--required", name)]
    new = ("request", "new", "--purpose", "benefit", *wanted, "--optional", "residence_title.x_name_original_script")
    made = ok(folder, *new, "--png", str(png), "--svg", str(tmp_path / "q.svg"))
    assert read_code(png) == made["link"]
    assert (tmp_path / "q.svg").read_bytes().startswith(b"<?xml")
    answered = holder.answer(made["link"], ["family_name", "given_name", "x_name_original_script"])
    assert ok(folder, "request", "state", made["request"])["state"] == "answered"
    collect = ("request", "collect", made["request"])
    done = run(folder, *collect)
    assert (done.exit_code, "[digits-needed]" in done.stderr) == (2, True)
    wrong = f"{(int(answered.digits or 0) + 1) % 1_000_000:06d}"
    done = run(folder, *collect, MAPPE_DIGITS=wrong)
    assert (done.exit_code, "[digits-wrong]" in done.stderr, "Tries left: 4" in done.stderr) == (3, True, True)
    (answer,) = ok(folder, *collect, MAPPE_DIGITS=answered.digits or "")["answers"]
    assert answer["id"] == b64u(answered.grant)
    assert ok(folder, "answers")["answers"] == [answer]
    assert ok(folder, "peek", answer["id"])["purpose"] == "Antrag auf Leistungen prüfen"
    read = ok(folder, "redeem", answer["id"], "--field", FIELDS[0])
    assert [field["value"] for field in read["fields"]] == [VALUES["family_name"]]
    outputs = {kind: tmp_path / f"o.{kind}" for kind in ("json", "csv", "pdf")}
    saves = [part for kind, path in outputs.items() for part in (f"--save-{kind}", str(path))]
    read = ok(folder, "redeem", answer["id"], *saves)
    assert json.loads(outputs["json"].read_bytes())["fields"] == read["fields"]
    rows = list(csv.DictReader(outputs["csv"].read_text("utf-8-sig").splitlines()))
    assert {row["name"]: row["value"] for row in rows}["residence_title.family_name"] == VALUES["family_name"]
    assert outputs["pdf"].read_bytes().startswith(b"%PDF")
    done = run(folder, "redeem", answer["id"], *saves)
    assert (done.exit_code, "[exists]" in done.stderr) == (2, True)
    done = run(folder, "redeem", answer["id"], "--field", "residence_title.file")
    assert (done.exit_code, "[not-shared]" in done.stderr) == (2, True)
    receipts = ok(folder, "receipts", "list")
    exported = ok(folder, "receipts", "export", receipts[0]["leaf"])
    assert set(exported) == {"event", "promise"}
    assert run(folder, "receipts", "check").exit_code == 0
    assert run(folder, "receipts", "export", "x").exit_code == 2


def test_refusals_have_code_3(town: Town) -> None:
    folder, holder = town.profile.folder, town.holder()
    made = ok(folder, "request", "new", "--purpose", "benefit", "--mode", "link", "--required", FIELDS[0])
    answered = holder.answer(made["link"], ["family_name"])
    ok(folder, "request", "collect", made["request"])
    holder.wallet.server.post("/v1/grants/end", {"ids": [b64u(answered.grant)]})
    done = run(folder, "redeem", b64u(answered.grant), "--json")
    assert (done.exit_code, done.stdout) == (3, "")
    error = json.loads(done.stderr)["error"]
    assert (error["code"], error["status"], bool(error["next"])) == ("grant-withdrawn", 410, True)
    done = run(folder, "redeem", f"{town.server.origin}/a#{'A' * 43}")
    assert (done.exit_code, "[not-found]" in done.stderr) == (3, True)
    for code in ("nonsense", "A" * 22, "https://other.example/a#" + "A" * 43, town.server.origin + "/g#" + "A" * 43):
        assert run(folder, "redeem", code).exit_code == 2, code
    over = run(folder, "request", "new", "--purpose", "benefit", "--required", "asylum.decision")
    assert (over.exit_code, "[over-asking]" in over.stderr) == (2, True)
    assert run(folder, "request", "new", "--purpose", "other", "--required", FIELDS[0]).exit_code == 2
    assert run(folder, "request", "new", "--purpose", "benefit").exit_code == 2


def test_a_suspended_office_and_a_new_key(town: Town) -> None:
    folder, holder = town.profile.folder, town.holder()
    made = ok(folder, "request", "new", "--purpose", "benefit", "--mode", "link", "--required", FIELDS[0])
    answered = holder.answer(made["link"], ["family_name"])
    ok(folder, "keys", "rotate", "seal")
    ok(folder, "keys", "rotate", "login")
    rotated = AgencyKeys.load(town.profile.keys_file)
    draft = town.hold.draft()
    assert edits.rotate(draft, enrolment_of(town.profile, rotated)) == ["login", "seal"]
    town.load(town.hold.file(town.hold.sign(draft)))
    ok(folder, "request", "collect", made["request"])  # with the new login key, opened with the old seal key
    assert ok(folder, "redeem", b64u(answered.grant))["fields"][0]["value"] == VALUES["family_name"]
    draft = town.hold.draft()
    edits.set_status(draft, town.profile.id, "suspended")
    town.load(town.hold.file(town.hold.sign(draft)))
    done = run(folder, "redeem", b64u(answered.grant))
    assert (done.exit_code, "[suspended]" in done.stderr) == (2, True)


def test_a_registry_of_strangers_stops_with_code_4(town: Town, tmp_path: Path) -> None:
    (tmp_path / "false").mkdir()
    town.profile.roots_file.write_bytes(Roothold(tmp_path / "false").roots_file.read_bytes())
    done = run(town.profile.folder, "registry", "--json")
    assert (done.exit_code, done.stdout) == (ExitCode.NOT_AUTHENTIC, "")
    error = json.loads(done.stderr)["error"]
    assert (error["code"], bool(error["next"])) == ("bad-signature", True)
