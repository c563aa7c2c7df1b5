"""Measure 2: an agency's redeem on PostgreSQL, synchronous_commit=on, against the same statements by pgbench plus the
same cryptography.

PostgreSQL runs on the server's core in both; pgbench, like the load generator, on the other. The bound is what one core
would do that ran the database's part and the cryptography and nothing else: 1 / (1 / tps + seconds of cryptography).
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from app.database import make_database
from benchmarks import machine, shares
from benchmarks.machine import LOAD_CPU, SERVER_CPU, Load, pin
from benchmarks.redeeming import write_opens
from benchmarks.result import LOAD_HEAD, Bar, Section, load_row
from benchmarks.stage import folder, product
from scripts.postgres_server import Postgres, find_binaries

CONNECTIONS = (1, 32)
AT_LEAST = 0.5
WALLETS = 2_000
FIRST_GUESS = 2_000
BODY_BYTES = 1_750  # of a sealed entry of an agency's open
CRYPTO_CALLS = 2_000
SETTINGS = {"shared_buffers": "'1GB'", "synchronous_commit": "on", "fsync": "on", "max_wal_size": "'4GB'"}

# What sharing.grant.access and audit.chain send for one open, in their order, between BEGIN and COMMIT.
SCRIPT = """
\\set n random(1, {wallets})
\\set a random(1, 9000000000000000000)
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT wallet_id FROM grant_routes WHERE grant_id = decode(lpad(to_hex((:n)::bigint), 32, '0'), 'hex');
SELECT wallet_id, grant_id, version, ended, suspended, auth, tag, passcode, nbf, exp, opens_max, opens_used,
  tries_used, peeks_used FROM grants WHERE wallet_id = decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex')
  AND grant_id = decode(lpad(to_hex((:n)::bigint), 32, '0'), 'hex') FOR UPDATE;
SELECT c.head, c.keybox, c.slot_ids, c.slots, l.version, l.until, l.slots, l.files FROM grant_contents c
  LEFT JOIN grant_leases l ON l.wallet_id = c.wallet_id AND l.grant_id = c.grant_id
  AND l.lease = decode(lpad(to_hex((:a)::bigint), 64, '0'), 'hex')
  WHERE c.wallet_id = decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex')
  AND c.grant_id = decode(lpad(to_hex((:n)::bigint), 32, '0'), 'hex');
UPDATE grants SET opens_used = opens_used + 1 WHERE wallet_id = decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex')
  AND grant_id = decode(lpad(to_hex((:n)::bigint), 32, '0'), 'hex') AND (opens_max = 0 OR opens_used < opens_max)
  RETURNING opens_used;
INSERT INTO grant_leases (wallet_id, grant_id, lease, version, until, slots, files)
  VALUES (decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex'), decode(lpad(to_hex((:n)::bigint), 32, '0'), 'hex'),
  decode(lpad(to_hex((:a)::bigint), 64, '0'), 'hex'), 1, 1800000000, decode(:slots, 'hex'), '')
  ON CONFLICT (wallet_id, grant_id, lease) DO UPDATE SET version = excluded.version, until = excluded.until,
  slots = excluded.slots, files = excluded.files;
SELECT seq, leaf, log_public, hour, hour_entries FROM chain_heads
  WHERE wallet_id = decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex') FOR UPDATE \\gset
INSERT INTO log_pending (wallet_id, seq, leaf, body, added) VALUES (decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex'),
  :seq::bigint + 1, sha256((:leaf)::bytea), decode(:body, 'hex'), 1800000000);
UPDATE chain_heads SET seq = :seq::bigint + 1, leaf = sha256((:leaf)::bytea), hour = :hour,
  hour_entries = :hour_entries::bigint + 1
  WHERE wallet_id = decode(lpad(to_hex((:n)::bigint), 64, '0'), 'hex');
COMMIT;
"""


def measure(*, rounds: int, seconds: int, wallets: int = WALLETS) -> Section:
    """The product and pgbench in turn."""
    section = Section("Agency redeem on PostgreSQL, synchronous_commit=on", LOAD_HEAD)
    with folder() as where, Postgres.start(where / "postgres", durable=True, settings=SETTINGS) as cluster:
        postmaster = postmaster_of(where / "postgres")
        pin(postmaster, SERVER_CPU)
        url = cluster.new_database()
        with product(where, {"MAPPE_DATABASE_URL": url}) as stage:
            made = stage.shares(wallets)
            stage.seed(made)
            other = _copy(stage.server.env, cluster, stage.server.run, made)
            script = where / "open.sql"
            script.write_text(SCRIPT.format(wallets=len(made)))
            ours: dict[int, list[Load]] = {number: [] for number in CONNECTIONS}
            theirs: dict[int, list[float]] = {number: [] for number in CONNECTIONS}
            crypto: list[float] = []
            rates: dict[int, float] = {}
            for number in range(rounds + 1):
                for connections in CONNECTIONS:
                    length = seconds if number else 2
                    rate = rates.get(connections, FIRST_GUESS)
                    replay = write_opens(where / "opens", stage.caller(), made, int(rate * length * 2) + 500)
                    load = machine.wrk(stage.server.port, replay, connections, length, [stage.server.pid, postmaster])
                    rates[connections] = load.rate
                    tps = _pgbench(other, script, connections, length)
                    if number:
                        ours[connections].append(load)
                        theirs[connections].append(tps)
                crypto.append(crypto_seconds())
    _report(section, ours, theirs, median(crypto))
    return section


def postmaster_of(where: Path) -> int:
    """The process id of a cluster's first process."""
    return int((where / "data" / "postmaster.pid").read_text().splitlines()[0])


def crypto_seconds() -> float:
    """CPU seconds of the cryptography of one open: verify the proof, seal the entry, sign the promise."""
    key, suite = Ed25519PrivateKey.generate(), Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    public, log = key.public_key(), X25519PrivateKey.generate().public_key()
    message, body = secrets.token_bytes(500), secrets.token_bytes(BODY_BYTES)
    signature = key.sign(message)

    def once() -> None:
        public.verify(signature, message)
        suite.encrypt(body, log, info=message[:90])
        key.sign(message)

    return _cpu_of(once)


def _cpu_of(once: Callable[[], None]) -> float:
    for _ in range(50):
        once()
    began = time.process_time()
    for _ in range(CRYPTO_CALLS):
        once()
    return (time.process_time() - began) / CRYPTO_CALLS


def _copy(env: dict[str, str], cluster: Postgres, run: Callable[..., object], made: list[shares.Share]) -> str:
    """A second database with the same tables and contents under numbered ids, for pgbench to pick from."""
    url = cluster.new_database()
    kept = env["MAPPE_DATABASE_URL"]
    env["MAPPE_DATABASE_URL"] = url
    run("migrate")
    env["MAPPE_DATABASE_URL"] = kept
    numbered = [
        replace(one, wallet=n.to_bytes(32, "big"), version=replace(one.version, grant=n.to_bytes(16, "big")))
        for n, one in enumerate(made, 1)
    ]
    database = make_database(url)
    try:
        shares.store(database, numbered)
    finally:
        database.close()
    for one in (url, kept):
        with psycopg.connect(one, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    return url


def _pgbench(url: str, script: Path, clients: int, seconds: int) -> float:
    command = ["taskset", "-c", str(LOAD_CPU), str(find_binaries() / "pgbench"), "-n", "-M", "prepared", "-j", "1"]
    command += ["-c", str(clients), "-T", str(seconds), "-f", str(script), "-D", f"slots={secrets.token_hex(80)}"]
    command += ["-D", f"body={secrets.token_hex(BODY_BYTES)}", url]
    env = os.environ | {"PGOPTIONS": "-c enable_seqscan=off"}  # as kit.postgres plans
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    found = re.search(r"tps = ([\d.]+)", said.stdout)
    if found is None or "failed" in said.stderr:
        raise RuntimeError(said.stderr[-2000:])
    return float(found[1])


def _report(section: Section, ours: dict[int, list[Load]], theirs: dict[int, list[float]], crypto: float) -> None:
    for connections in CONNECTIONS:
        loads, tps = ours[connections], theirs[connections]
        bounds = [1 / (1 / one + crypto) for one in tps]
        ratios = [load.rate / bound for load, bound in zip(loads, bounds, strict=True)]
        section.rows.append(
            load_row(f"product, {connections} conn.", machine.middle(loads), [load.rate for load in loads])
        )
        for name, values in (("pgbench", tps), ("pgbench + cryptography", bounds)):
            section.rows.append(
                (
                    f"{name}, {connections} conn.",
                    f"{median(values):,.0f}",
                    f"{machine.spread(values):.0%}",
                    *["–"] * 4,
                )
            )
        section.bars.append(Bar(f"product / bound at {connections} connections", median(ratios), AT_LEAST, True))
        section.figures[str(connections)] = {
            "ratio": median(ratios),
            "ratios": ratios,
            "product": [load.rate for load in loads],
            "product_cpu_us": [load.cpu_us for load in loads],
            "p99_ms": [load.p99 for load in loads],
            "pgbench": tps,
            "bound": bounds,
            "errors": sum(load.errors for load in loads),
        }
    section.figures["crypto_us"] = crypto * 1e6
    section.notes.append(
        f"Cryptography of one open: {crypto * 1e6:,.0f} µs of CPU. The product's CPU includes PostgreSQL's."
    )
