"""Defects of well-known systems, each played against a real server process: none may be repeated here."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.errors import MappeError, ServerProblem
from mappe.formats import grant as g
from mappe.formats import jwk
from mappe.formats import wallet as w
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.sign_in import make_proof
from mappe.holder import files, grants, journal
from mappe.holder.cleaning import cleaned
from mappe.holder.profile import new_device_key
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.link import LinkHolder

from app.migrate import upgrade
from tests.support.district import District, Office
from tests.support.server import Server

TODAY = "2026-11-01"
PARALLEL = 200


class House:
    """One server, one holder with a paper and a file."""

    def __init__(self, district: District, folder: Path) -> None:
        self.district, self.folder = district, folder
        self.wallet, self.secrets = district.person("holder")
        path = folder / "scan.txt"
        path.write_bytes(secrets.token_bytes(3 << 20))
        with cleaned(path) as clean:
            described = files.upload(self.wallet.vault, clean)
        self.paper = self.wallet.add_paper(
            "residence_title",
            {"date_of_expiry": [value("2027-01-01", as_of=TODAY)]},
            title="Titel",
            attachments=[described],
        )

    @property
    def origin(self) -> str:
        return self.district.server.origin

    def share(
        self, *, opens: int = 1, passcode: str | None = None, life: int = grants.DAY, file: bool = False
    ) -> g.GrantLocator:
        picks = [Pick(self.paper, field="date_of_expiry")] + ([Pick(self.paper, file=0)] if file else [])
        prepared = grants.prepare(
            self.wallet.vault,
            grants.To("X"),
            picks,
            grants.Conditions("p", opens=opens, passcode=passcode, life=life),
        )
        grants.release(self.wallet.vault, prepared)
        return prepared.locator

    def link(self, locator: g.GrantLocator) -> LinkHolder:
        return LinkHolder(g.link(self.origin, "g", locator.secret), now=self.district.now)

    def open_raw(
        self, locator: g.GrantLocator, *, proof: bytes | None = None, lease: bytes | None = None
    ) -> tuple[int, str]:
        """Status and code of one open by a caller with a key of its own."""
        server = Connection(self.origin, Ed25519PrivateKey.generate(), now=self.district.now)
        body: dict[str, Any] = {"auth": b64u(locator.auth), "lease": b64u(lease or secrets.token_bytes(16))}
        if proof is not None:
            body["proof"] = b64u(proof)
        try:
            server.post(f"/v1/grants/{b64u(locator.grant)}/open", body)
        except ServerProblem as problem:
            return problem.status, problem.code
        return 200, "opened"

    def kinds(self, locator: g.GrantLocator) -> list[str]:
        return [
            one.event.kind
            for one in journal.read(self.wallet.vault, tree=False).entries
            if one.event.grant == locator.grant
        ]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("defects")
    url = f"sqlite:///{folder / 'x.db'}"
    upgrade(url)
    district = District(Server(folder, {"MAPPE_DATABASE_URL": url}), folder / "district").prepare()
    district.server.start()
    purposes = {"p": ("consent", "x", ("residence_title.date_of_expiry",))}
    district.enrol(
        Office("amt-eins", "Amt Eins", "Weg 1", "can-sanction", purposes),
        Office("amt-zwei", "Amt Zwei", "Weg 2", "can-sanction", purposes),
    )
    yield House(district, folder)
    district.server.kill()


def _together(work: Callable[[int], tuple[int, str]], count: int = PARALLEL) -> list[tuple[int, str]]:
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(work, range(count)))


def _wrong_proof(locator: g.GrantLocator) -> bytes:
    del locator
    return secrets.token_bytes(32)


def test_an_exhausted_passcode_harms_no_other_link(house: House) -> None:
    """An UPDATE without WHERE id once disabled every link of a system. Also: 200 guesses in parallel cost exactly 5."""
    victim, other = house.share(passcode="123456", opens=3), house.share(passcode="123456", opens=3)
    answers = _together(lambda _: house.open_raw(victim, proof=_wrong_proof(victim)))
    assert sum(code == "passcode-wrong" for _, code in answers) == 5
    assert {code for _, code in answers} == {"passcode-wrong", "passcode-exhausted"}
    with pytest.raises(ServerProblem) as exhausted:
        house.link(victim).open("123456")
    assert exhausted.value.code == "passcode-exhausted"
    house.link(other).open("123456")


def test_an_edit_gives_no_tries_back(house: House) -> None:
    locator = house.share(passcode="123456", opens=3)
    for _ in range(4):
        house.open_raw(locator, proof=_wrong_proof(locator))
    grants.republish(house.wallet.vault, locator.grant)
    row = next(one for one in house.wallet.server.get("/v1/grants")["grants"] if one["id"] == b64u(locator.grant))
    assert row["tries_left"] == 1
    house.open_raw(locator, proof=_wrong_proof(locator))
    assert house.open_raw(locator, proof=_wrong_proof(locator))[1] == "passcode-exhausted"


def test_a_one_open_grant_opens_once_however_many_ask(house: House) -> None:
    locator = house.share(opens=1)
    answers = _together(lambda _: house.open_raw(locator))
    assert sum(status == 200 for status, _ in answers) == 1
    assert {code for _, code in answers} == {"opened", "grant-used-up"}


def test_an_aborted_download_is_an_open_and_is_logged(house: House, tmp_path: Path) -> None:
    locator = house.share(opens=1, file=True)
    link = house.link(locator)
    opened = link.open()
    slot = next(id_ for id_, one in opened.grant.slots.items() if one.kind == "attachment")
    content = opened.grant.slots[slot]
    server = link._opening.server
    path = f"/v1/grants/{b64u(locator.grant)}/files/{b64u(content.ref or b'')}"
    body = {"auth": b64u(locator.auth), "lease": b64u(opened.lease), "slot": b64u(slot)}
    with server.stream("POST", path, body=body) as (_, data):
        next(data)  # and gone
    assert house.open_raw(locator)[1] == "grant-used-up"
    assert "file-delivered" in house.kinds(locator)
    link.fetch(opened, slot, tmp_path / "whole")  # the same lease may go on
    assert house.kinds(locator).count("file-delivered") == 1  # each file once a lease


def test_every_file_read_is_logged_not_only_the_first_request(house: House, tmp_path: Path) -> None:
    locator = house.share(opens=2, file=True)
    for number in range(2):
        link = house.link(locator)
        opened = link.open()
        slot = next(id_ for id_, one in opened.grant.slots.items() if one.kind == "attachment")
        link.fetch(opened, slot, tmp_path / str(number))
    kinds = house.kinds(locator)
    assert kinds.count("grant-opened") == 2
    assert kinds.count("file-delivered") == 2


def test_strangers_get_one_answer_whatever_the_reason(house: House) -> None:
    """Unknown, foreign, expired, withdrawn, used up: status, headers and body byte-equal for who proves nothing."""
    running, ended, used = house.share(), house.share(), house.share()
    grants.end(house.wallet.vault, [ended.grant])
    house.open_raw(used)
    ids = [running.grant, ended.grant, used.grant, secrets.token_bytes(16)]
    answers = []
    with httpx2.Client(trust_env=False) as http:
        for id_ in ids:
            path = f"/v1/grants/{b64u(id_)}/peek"
            answer = http.post(house.origin + path, json={"auth": b64u(secrets.token_bytes(32))})
            headers = {name: text for name, text in answer.headers.items() if name not in ("date",)}
            answers.append((answer.status_code, headers, answer.content))
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("path", ["/v1/handles/ABCDE12345", "/v1/wallets/exists", "/v1/accounts", "/v1/users/1"])
def test_nobody_can_ask_whether_somebody_exists(house: House, path: str) -> None:
    with httpx2.Client(trust_env=False) as http:
        assert http.get(house.origin + path).status_code == 404
        assert http.request("HEAD", house.origin + path).status_code == 404


def _sign_in(
    house: House, handle: str, key: Ed25519PrivateKey, nonce: str | None = None, **changes: Any
) -> tuple[int, bytes]:
    device, _ = new_device_key()
    server = Connection(house.origin, device, now=house.district.now)
    nonce = nonce or str(server.post("/v1/sign-in/challenge")["nonce"])
    said = {"origin": house.origin, "jkt": jwk.thumbprint(device.public_key()), **changes}
    proof = make_proof(key, handle=handle, method="passphrase", nonce=nonce, **said)
    headers = server.proof("POST", "/v1/sign-in", raw := b'{"proof":"' + proof.encode() + b'"}')
    with httpx2.Client(trust_env=False) as http:
        answer = http.post(
            house.origin + "/v1/sign-in", content=raw, headers={**headers, "Content-Type": "application/json"}
        )
    return answer.status_code, answer.content


def test_unknown_and_known_accounts_answer_alike(house: House) -> None:
    wrong = Ed25519PrivateKey.generate()
    known = _sign_in(house, house.secrets.handle, wrong)
    unknown = _sign_in(house, w.new_handle(), wrong)
    assert known == unknown
    assert known[0] == 401


def test_a_login_challenge_serves_once_for_one_host_and_device(house: House) -> None:
    root = w.passphrase_root(house.secrets.passphrase, house.secrets.handle)
    key = w.sign_in_key(root, house.secrets.handle)
    nonce = str(house.district.connection().post("/v1/sign-in/challenge")["nonce"])
    assert _sign_in(house, house.secrets.handle, key, nonce)[0] == 200
    refused = _sign_in(house, house.secrets.handle, key, nonce)  # replayed
    assert refused[0] == 401
    assert _sign_in(house, house.secrets.handle, key, origin="https://other.example") == refused
    assert _sign_in(house, house.secrets.handle, key, jkt="A" * 43) == refused


def test_no_other_site_may_read_with_the_holders_browser(house: House) -> None:
    with httpx2.Client(trust_env=False) as http:
        for method in ("GET", "OPTIONS", "POST"):
            answer = http.request(method, house.origin + "/v1/meta", headers={"Origin": "https://evil.example"})
            assert not any(name.lower().startswith("access-control-") for name in answer.headers)


def test_a_grant_for_one_office_opens_for_no_other(house: House) -> None:
    registry = house.district.registry_of(house.wallet)
    office = registry.agencies["amt-eins"]
    prepared = grants.prepare(
        house.wallet.vault,
        grants.To(office.name, office.address, office.id, office.active_keys("seal", int(time.time()))[0].public),
        [Pick(house.paper, field="date_of_expiry")],
        grants.Conditions("p", opens=0),
    )
    grants.release(house.wallet.vault, prepared)
    code = grants.link_of(house.wallet.vault, prepared)
    assert house.district.offices["amt-eins"].redeem(code).opened.grant.slots
    with pytest.raises(ServerProblem) as refused:
        house.district.offices["amt-zwei"].redeem(code)
    assert (refused.value.status, refused.value.code) == (404, "not-found")
    with pytest.raises((ServerProblem, MappeError)):
        LinkHolder(code.replace("/a#", "/g#")).open()


def test_the_recovery_code_really_opens_the_wallet(house: House, tmp_path: Path) -> None:
    """In well-known systems a printed code wrapped nothing, or an older key."""
    holder, secrets_ = house.district.person("recovery")
    paper = holder.add_paper("person", {}, title="Vorher")
    sheet = {"recovery_code": secrets_.recovery_code, "sheet_pin": secrets_.sheet_pin}
    given: dict[str, Any] = {"handle": secrets_.handle, **sheet}
    back = Wallet.adopt(house.district.connection(), tmp_path / "back", **given)
    assert back.vault.item(paper).payload["title"] == "Vorher"
    fresh = back.change_locks(passphrase=secrets_.passphrase)
    with pytest.raises((ServerProblem, MappeError)):
        Wallet.adopt(house.district.connection(), tmp_path / "old", **given)
    again: dict[str, Any] = {"handle": secrets_.handle, **fresh}
    newest = Wallet.adopt(house.district.connection(), tmp_path / "new", **again)
    assert newest.vault.item(paper).payload["title"] == "Vorher"


def test_an_office_behind_one_address_is_not_locked_out(house: House) -> None:
    """One wrong guesser on the same address costs nobody else anything: limits hang on grants, not on addresses."""
    for _ in range(50):
        house.open_raw(g.GrantLocator.of(secrets.token_bytes(32)))
    good = [house.share() for _ in range(10)]
    assert all(house.open_raw(locator) == (200, "opened") for locator in good)


@pytest.mark.parametrize("shape", ["/g%23{}", "/g/{}", "/g/%23{}", "/a%23{}"])
def test_a_link_whose_secret_reached_the_server_is_closed(house: House, shape: str) -> None:
    """Messengers rewrite # to %23; then the key stands in somebody's access log."""
    locator = house.share()
    with httpx2.Client(trust_env=False) as http:
        page = http.get(house.origin + shape.format(b64u(locator.secret)))
    assert b64u(locator.secret) not in page.text
    assert house.open_raw(locator)[1] == "grant-withdrawn"
    assert "grant-ended" in house.kinds(locator)
    assert b64u(locator.secret) not in house.district.server.log.read_text()


def test_previews_and_mail_scanners_use_nothing_up(house: House) -> None:
    """GET never consumes; nor does a form that a scanner submits without the secret."""
    locator = house.share()
    with httpx2.Client(trust_env=False) as http:
        for path in ("/g", f"/v1/grants/{b64u(locator.grant)}/open", f"/v1/grants/{b64u(locator.grant)}/peek"):
            http.get(house.origin + path)
            http.request("HEAD", house.origin + path)
            http.post(house.origin + path, json={})
    assert house.kinds(locator) == ["grant-created"]
    assert house.open_raw(locator) == (200, "opened")


def test_looking_is_not_opening_and_is_bounded(house: House) -> None:
    locator = house.share()
    server = house.district.connection()
    path = f"/v1/grants/{b64u(locator.grant)}/peek"
    codes = []
    for _ in range(22):
        try:
            server.post(path, {"auth": b64u(locator.auth)})
            codes.append("ok")
        except ServerProblem as problem:
            codes.append(problem.code)
    assert codes.count("ok") == 20
    assert house.kinds(locator).count("grant-looked-at") == 20
    assert house.open_raw(locator) == (200, "opened")


def test_a_session_dies_with_its_device(house: House, tmp_path: Path) -> None:
    holder, secrets_ = house.district.person("lockout")
    second = Wallet.adopt(
        house.district.connection(), tmp_path / "second", handle=secrets_.handle, passphrase=secrets_.passphrase
    )
    here = next(row["device"] for row in holder.devices() if not row["this"])
    holder.server.post(f"/v1/devices/{here}/remove")
    for call in (second.vault.sync, second.devices, lambda: second.server.get("/v1/grants")):
        with pytest.raises(ServerProblem) as dead:
            call()
        assert dead.value.status == 401


def test_a_token_of_one_grant_opens_no_other(house: House) -> None:
    one, other = house.share(), house.share()
    mixed = g.GrantLocator(other.secret, other.grant, one.auth, one.recipient, one.terms_key, one.base, one.salt)
    assert house.open_raw(mixed) == (404, "not-found")
    assert unb64u(b64u(one.grant), 16) != other.grant
