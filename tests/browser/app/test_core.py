"""Unlock and store in a real browser, without a screen: IndexedDB, keys that cannot leave it, passkeys, two windows."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.support.server import ROOT, Server

Authenticator = Literal["prf", "no-prf", "none"]
Tab = Callable[..., Page]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("core")
    command = ("npx", "vite", "build", "--config", "core.config.ts", "--outDir", str(out), "--logLevel", "error")
    subprocess.run([str(ROOT / "scripts" / "node.sh"), *command], check=True, cwd=ROOT)
    return (out / "core.js").read_text()


@pytest.fixture
def tab(chromium: Browser, home: Server, bundle: str) -> Iterator[Tab]:
    """`tab(passkey="prf")`: a page of the server's origin with `mappe` in it; the tabs of a test share a profile.

    The page is no page of the app, so the app's policy does not hold on it.
    """
    context = chromium.new_context(bypass_csp=True)
    context.add_init_script(bundle)

    def make(passkey: Authenticator = "none") -> Page:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{home.origin}/healthz")
        if passkey != "none":
            session = context.new_cdp_session(page)
            session.send("WebAuthn.enable")
            options = {
                "protocol": "ctap2",
                "ctap2Version": "ctap2_1",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
                "hasPrf": passkey == "prf",
            }
            session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return page

    yield make
    context.close()


def _run(page: Page, script: str, *args: Any) -> Any:
    """An asynchronous function body with `mappe`, `shelf` and `args`; what it returns, or `{code}` of what it threw."""
    return page.evaluate(
        """async ([script, args]) => {
          const run = new (Object.getPrototypeOf(async () => {}).constructor)('mappe', 'shelf', 'args', script);
          globalThis.shelf ??= new mappe.IdbShelf();
          try { return await run(mappe, globalThis.shelf, args); }
          catch (error) { if (typeof error.code !== 'string') throw error; return {code: error.code}; }
        }""",
        [script, list(args)],
    )


CREATE = """
  const {wallet, secrets} = await mappe.Wallet.create(shelf, {smallMemory: true, ...args[0]});
  globalThis.wallet = wallet;
  await wallet.vault.put({v: 1, kind: 'person', label: 'Amal', relation: 'child', created: 1});
  return {id: wallet.profile.wallet, secrets, methods: wallet.methods().map((one) => one.kind).sort()};
"""


def test_the_shelf_in_the_database_is_a_shelf(tab: Tab) -> None:
    assert tab().evaluate("shelfContract()") == []


def test_a_wallet_survives_the_page_and_opens_without_a_network(tab: Tab) -> None:
    page = tab()
    made = _run(page, CREATE, {})
    page.reload()
    page.context.set_offline(True)
    opened = _run(
        page,
        """
        const wallet = await mappe.Wallet.unlock(shelf, args[0], {passphrase: args[1]});
        globalThis.wallet = wallet;
        await wallet.vault.outbox.put({v: 1, kind: 'person', label: 'Bana', relation: 'child', created: 1});
        await wallet.vault.outbox.flush();
        return wallet.vault.items().map(({payload, pending}) => [payload.label, pending]).sort();
        """,
        made["id"],
        made["secrets"]["passphrase"],
    )
    assert opened == [["Amal", False], ["Bana", True]]
    page.context.set_offline(False)
    page.reload()
    sent = _run(
        page,
        """
        const wallet = await mappe.Wallet.unlock(shelf, args[0], {passphrase: args[1]});
        await wallet.vault.sync();
        await wallet.vault.outbox.flush();
        return wallet.vault.items().map(({payload, pending}) => [payload.label, pending]).sort();
        """,
        made["id"],
        made["secrets"]["passphrase"],
    )
    assert sent == [["Amal", False], ["Bana", False]]


def test_nothing_that_opens_a_wallet_lies_on_the_shelf(tab: Tab) -> None:
    page = tab()
    made = _run(page, CREATE, {})
    found = _run(
        page,
        """
        await new Promise((wait) => setTimeout(wait, 1500));
        const result = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
        const db = await result(indexedDB.open('mappe'));
        const all = await result(db.transaction('shelf').objectStore('shelf').getAll());
        const texts = [], keys = [];
        const walk = (value) => {
          if (value instanceof CryptoKey) keys.push([value.type, value.extractable]);
          else if (value instanceof Uint8Array) texts.push(new TextDecoder('latin1').decode(value));
          else if (value instanceof Map) for (const pair of value) walk(pair);
          else if (typeof value === 'string') texts.push(value);
          else if (value && typeof value === 'object') Object.values(value).forEach(walk);
        };
        all.forEach(walk);
        const {handle, passphrase, recoveryCode, sheetPin, stopCode} = args[0];
        const secrets = ['Amal', passphrase, ...recoveryCode, recoveryCode.join(''), sheetPin, ...stopCode];
        const raw = (bytes) => new TextDecoder('latin1').decode(bytes);
        const {vmk, identity} = wallet.vault;
        secrets.push(...[vmk, identity.sign, identity.receive, identity.log].map(raw));
        const open = secrets.filter((secret) => texts.some((text) => text.includes(secret)));
        return {open, handle: texts.includes(handle), keys, local: Object.keys(localStorage).length};
        """,
        made["secrets"],
    )
    assert found["open"] == []
    assert found["handle"]  # the search itself finds what lies there
    assert ["private", False] in found["keys"]
    assert ["private", True] not in found["keys"]
    assert found["local"] == 0


def test_the_newer_window_takes_over_and_the_older_says_so(tab: Tab) -> None:
    first = tab()
    made = _run(first, CREATE, {})
    second = tab()
    unlock = "globalThis.wallet = await mappe.Wallet.unlock(shelf, args[0], {passphrase: args[1]});"
    _run(second, unlock, made["id"], made["secrets"]["passphrase"])
    first.wait_for_function("wallet.vault.takenOver.value")
    put = "await wallet.vault.put({v: 1, kind: 'person', label: 'x', relation: 'child', created: 1}); return 'kept';"
    assert _run(first, put)["code"] == "opened-elsewhere"
    assert _run(second, put) == "kept"
    assert _run(first, "return (await mappe.listWallets(shelf)).length") == 1


def test_a_passkey_makes_opens_and_brings_in(tab: Tab) -> None:
    page = tab("prf")
    made = _run(page, CREATE, {"passkey": True})
    assert made["methods"] == ["passkey", "passphrase", "recovery"]
    labels = "return wallet.vault.items().map(({payload}) => payload.label);"
    reopened = _run(
        page, f"globalThis.wallet = await mappe.Wallet.unlock(shelf, args[0], {{passkey: true}}); {labels}", made["id"]
    )
    assert reopened == ["Amal"]
    offline = """
        const real = fetch; globalThis.fetch = () => Promise.reject(new TypeError('cut'));
        try { globalThis.wallet = await mappe.Wallet.unlock(shelf, args[0], {passkey: true}); }
        finally { globalThis.fetch = real; }
    """
    assert _run(page, offline + labels, made["id"]) == ["Amal"]
    elsewhere = "globalThis.wallet = await mappe.Wallet.adoptByPasskey(new mappe.MemoryShelf());"
    assert _run(page, elsewhere + labels) == ["Amal"]
    # it stays when the locks are changed with it, and is the only proof needed
    fresh = _run(
        page,
        """
        const fresh = await wallet.changeLocks({passkey: true});
        return {fresh, methods: wallet.methods().map((one) => one.kind).sort()};
        """,
    )
    assert fresh["methods"] == ["passkey", "passphrase", "recovery"]
    assert len(fresh["fresh"]["passphrase"]) == 24
    assert _run(page, elsewhere + labels) == ["Amal"]


def test_a_passkey_is_added_later_and_removed(tab: Tab) -> None:
    page = tab("prf")
    made = _run(page, CREATE, {})
    at = {"handle": made["secrets"]["handle"], "passphrase": made["secrets"]["passphrase"]}
    methods = _run(
        page,
        """
        // a device that came in by the passphrase does not know the sign-in key of the sheet
        globalThis.wallet = await mappe.Wallet.adopt(new mappe.MemoryShelf(), args[0]);
        await wallet.addPasskey();
        return wallet.methods().map((one) => one.kind).sort();
        """,
        at,
    )
    assert methods == ["passkey", "passphrase", "recovery"]
    gone = _run(
        page,
        """
        const id = wallet.methods().find((one) => one.kind === 'passkey').id;
        await wallet.removeMethod(id, {passphrase: args[0]});
        return wallet.methods().map((one) => one.kind).sort();
        """,
        made["secrets"]["passphrase"],
    )
    assert gone == ["passphrase", "recovery"]
    assert _run(page, "await mappe.Wallet.adoptByPasskey(new mappe.MemoryShelf());")["code"] == "sign-in-refused"


def test_without_prf_no_passkey_is_made_and_nothing_is_begun(tab: Tab) -> None:
    page = tab("no-prf")
    refused = _run(page, CREATE, {"passkey": True})
    assert refused["code"] == "no-prf"
    assert _run(page, "return (await mappe.listWallets(shelf)).length") == 0


def test_a_passkey_of_another_wallet_opens_nothing(tab: Tab) -> None:
    page = tab("prf")
    first = _run(page, CREATE, {})
    _run(page, CREATE, {"passkey": True})
    refused = _run(page, "await mappe.Wallet.unlock(shelf, args[0], {passkey: true});", first["id"])
    assert refused["code"] == "other-passkey"
