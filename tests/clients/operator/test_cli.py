"""mappe-operator as a person runs it: the whole ceremony, exit codes, error texts, and that it needs no network."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from mappe.agency.keys import AgencyKeys
from mappe.agency.profile import AgencyProfile
from mappe.cli.operator import app
from typer.testing import CliRunner

from tests.clients.office import PURPOSES, Roothold, enrolment_of, office

PASSPHRASE = "six random words for a root"
ENV = {"MAPPE_ROOT_PASSPHRASE": PASSPHRASE}
run = CliRunner().invoke


@pytest.fixture(scope="module")
def root_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sealed root keys and the roots file."""
    folder = tmp_path_factory.mktemp("roots")
    for name in ("a", "b", "c"):
        done = run(app, ["root", "new", str(folder / name), "--holder", name.upper()], env=ENV)
        assert done.exit_code == 0, done.output
    publics = [str(folder / f"{name}.pub.json") for name in ("a", "b", "c")]
    done = run(app, ["root", "collect", *publics, "--bundle", "erlangen", "--out", str(folder / "roots.json")])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def agency(tmp_path: Path, root_files: Path) -> tuple[AgencyProfile, AgencyKeys]:
    return office(tmp_path / "office", "https://mappe.example", root_files / "roots.json")


@pytest.fixture
def enrolled(tmp_path: Path, agency: tuple[AgencyProfile, AgencyKeys]) -> Path:
    path = tmp_path / "office.enrolment"
    path.write_text(agency[0].enrolment(agency[1], 1_790_000_000)[0] + "\n")
    (tmp_path / "purposes.json").write_text(json.dumps(PURPOSES))
    return path


def test_the_whole_ceremony(
    tmp_path: Path, root_files: Path, enrolled: Path, agency: tuple[AgencyProfile, AgencyKeys]
) -> None:
    roots, draft, signed = str(root_files / "roots.json"), str(tmp_path / "d.json"), str(tmp_path / "registry.json")
    fingerprint = agency[0].enrolment(agency[1], 1_790_000_000)[1]

    def do(*command: str) -> dict[str, object]:
        done = run(app, ["registry", *command, "--json"], env=ENV)
        assert done.exit_code == 0, done.output
        value: dict[str, object] = json.loads(done.stdout)
        return value

    assert do("draft", draft, "--roots", roots)["version"] == 1
    purposes = str(tmp_path / "purposes.json")
    add = ("add", draft, str(enrolled), "--power", "can-sanction", "--purposes", purposes)
    do(*add, "--fingerprint", fingerprint.lower().replace("-", " "))
    for name in ("a", "c"):
        out = str(tmp_path / f"{name}.sig.json")
        do("sign", draft, "--roots", roots, "--key", str(root_files / name), "--yes", "--out", out)
    signatures = [str(tmp_path / "a.sig.json"), str(tmp_path / "c.sig.json")]
    done = do("combine", draft, *signatures, "--roots", roots, "--out", signed)
    assert (done["version"], done["agencies"]) == (1, 1)
    assert do("verify", signed, "--roots", roots)["hash"] == done["hash"]
    assert do("renew", str(tmp_path / "e.json"), "--roots", roots, "--last", signed)["version"] == 2
    do("suspend", str(tmp_path / "e.json"), "jobcenter-erlangen")
    page = do("print", str(tmp_path / "e.json"), "--roots", roots)["page"]
    assert "status: active → suspended" in str(page)
    do("print", signed, "--roots", roots, "--html", "--out", str(tmp_path / "p.html"))
    assert "Jobcenter Erlangen" in (tmp_path / "p.html").read_text()


def test_root_keys_are_sealed_private_and_never_overwritten(root_files: Path) -> None:
    key = root_files / "a"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes().startswith(b"age-encryption.org/v1")
    done = run(app, ["root", "new", str(key), "--holder", "X"], env=ENV)
    assert (done.exit_code, "[exists]" in done.stderr) == (2, True)
    done = run(app, ["root", "show", str(root_files / "roots.json"), "--json"])
    assert json.loads(done.stdout)["bundle"] == "erlangen"


def test_a_wrong_fingerprint_stops(tmp_path: Path, root_files: Path, enrolled: Path) -> None:
    draft = str(tmp_path / "d.json")
    run(app, ["registry", "draft", draft, "--roots", str(root_files / "roots.json")])
    before = Path(draft).read_bytes()
    purposes = str(tmp_path / "purposes.json")
    add = ["registry", "add", draft, str(enrolled), "--power", "can-sanction", "--purposes", purposes]
    done = run(app, [*add, "--fingerprint", "0000-0000-0000-0000"])
    assert done.exit_code == 2
    assert "[fingerprint-differs]" in done.stderr and "Next: Do not enrol it" in done.stderr
    done = run(app, add)
    assert (done.exit_code, "[not-confirmed]" in done.stderr) == (2, True)
    enrolled.write_text(enrolled.read_text().replace(".", ".A", 1))
    assert "[not-an-enrolment]" in run(app, add).stderr
    assert Path(draft).read_bytes() == before


def test_errors_are_code_sentence_and_next_step(tmp_path: Path, root_files: Path) -> None:
    roots, key = str(root_files / "roots.json"), str(root_files / "a")
    draft = str(tmp_path / "d.json")
    run(app, ["registry", "draft", draft, "--roots", roots])
    sign = ["registry", "sign", draft, "--roots", roots, "--key", key]
    done = run(app, [*sign, "--yes", "--json"], env={"MAPPE_ROOT_PASSPHRASE": "not this one"})
    assert (done.exit_code, done.stdout) == (2, "")
    error = json.loads(done.stderr)["error"]
    assert (error["code"], error["next"]) == ("wrong-passphrase", "Check the file and the passphrase.")
    assert "not this one" not in done.output
    done = run(app, [*sign, "--yes"])
    assert (done.exit_code, "[secret-needed]" in done.stderr) == (2, True)
    assert "MAPPE_ROOT_PASSPHRASE or --passphrase-file" in done.stderr
    done = run(app, sign, env=ENV)
    assert (done.exit_code, "[not-confirmed]" in done.stderr) == (2, True)
    assert "Registry of agencies: erlangen, version 1" in done.stderr  # what is signed is shown before it is asked
    assert not list(tmp_path.glob("*.sig.json"))
    assert run(app, ["registry", "verify", draft, "--roots", roots]).exit_code == 2
    assert run(app, ["registry", "verify", str(tmp_path / "nothing"), "--roots", roots]).exit_code == 2
    assert run(app, ["registry", "sign"]).exit_code == 2
    assert run(app, ["registry", "draft", "x", "--roots", roots, "--days", "46"]).exit_code == 2


def test_exposed_keys_and_weak_passphrases_are_refused(tmp_path: Path, root_files: Path) -> None:
    done = run(app, ["root", "new", str(tmp_path / "k"), "--holder", "X"], env={"MAPPE_ROOT_PASSPHRASE": "short"})
    assert (done.exit_code, "[weak-passphrase]" in done.stderr, list(tmp_path.iterdir())) == (2, True, [])
    copy = tmp_path / "copy"
    copy.write_bytes((root_files / "a").read_bytes())
    copy.chmod(0o644)
    draft, roots = str(tmp_path / "d.json"), str(root_files / "roots.json")
    run(app, ["registry", "draft", draft, "--roots", roots])
    done = run(app, ["registry", "sign", draft, "--roots", roots, "--key", str(copy), "--yes"], env=ENV)
    assert (done.exit_code, "[exposed]" in done.stderr) == (2, True)


def test_three_different_halves_make_roots(tmp_path: Path, root_files: Path) -> None:
    half = str(root_files / "a.pub.json")
    for halves in ([half], [half, half, half]):
        done = run(app, ["root", "collect", *halves, "--bundle", "x", "--out", str(tmp_path / "r")])
        assert (done.exit_code, "[roots-wrong]" in done.stderr) == (2, True)


def test_show_reads_drafts_and_signed_versions(tmp_path: Path) -> None:
    hold = Roothold(tmp_path)
    profile, keys = office(tmp_path / "o", "https://mappe.example", hold.roots_file)
    file = hold.issue(enrolment_of(profile, keys))
    done = run(app, ["registry", "show", str(file)])
    assert done.stdout.splitlines()[1].split("\t")[:4] == [
        "jobcenter-erlangen",
        "Jobcenter Erlangen",
        "can-sanction",
        "active",
    ]
    (tmp_path / "x").write_text("{}")
    assert run(app, ["registry", "show", str(tmp_path / "x")]).exit_code == 2


def test_nothing_of_it_can_reach_a_network() -> None:
    code = "import sys, mappe.cli.operator as o; print(*(n for n in ('httpx2', 'ssl', 'fastapi') if n in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], text=True, capture_output=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == ""
