"""Settings come from the environment, once, into a frozen object. Nothing else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from mappe.formats.checkpoint import COSIGNATURE, Verifier
from mappe.formats.errors import FormatError

from kit.context import Config
from kit.limits import DATABASE_THREADS
from kit.tokens import Secret

PREFIX = "MAPPE_"
# What the command lines read. A person who has exported them for their own wallet or office can still start a server.
CLIENT_NAMES = frozenset(
    PREFIX + name
    for name in (
        "AGENCY",
        "AGENCY_PASSPHRASE",
        "DIGITS",
        "EXPORT_DIGITS",
        "NEW_PIN",
        "PASSPHRASE",
        "PIN",
        "RECOVERY_CODE",
        "ROOT_PASSPHRASE",
        "SERVER",
        "SHEET_PIN",
        "STOP_CODE",
        "WALLET",
    )
)


class SettingsError(ValueError):
    """A setting that cannot be used, named, with what it should look like."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations."""

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    database_url: Secret = field(default_factory=lambda: Secret("sqlite:///data/mappe.db"))
    database_threads: int = DATABASE_THREADS
    database_prepare: bool = True  # off behind PgBouncer in transaction mode
    blobs: str = ""  # a directory, or s3://bucket/prefix; empty: data_dir/blobs
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: Secret = field(default_factory=lambda: Secret(""))
    registry_root: Path | None = None  # public root keys of the agency registry, as the ceremony wrote them
    web_dir: Path = Path("clients/web/dist")
    metrics_port: int = 0  # 0: no metrics; they are never on the public port
    metrics_host: str = "127.0.0.1"
    log_level: str = "info"
    ledger: str = ""  # directory outside the database, replicated apart (D21); empty: data_dir/ledger
    runner: bool = True  # background work in the server's processes; off where `run-jobs` does it
    clock_file: Path | None = None  # tests only
    config: Config = field(default_factory=Config)

    @property
    def keys_file(self) -> Path:
        return self.data_dir / "keys.json"

    @property
    def ledger_dir(self) -> Path:
        return Path(self.ledger) if self.ledger else self.data_dir / "ledger"

    @property
    def blobs_url(self) -> str:
        return self.blobs or str(self.data_dir / "blobs")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Reads every MAPPE_ variable; an unknown one is refused, because a misspelt limit is no limit. Those of the
        command lines (CLIENT_NAMES) are left alone."""
        values = _Values(os.environ if env is None else env)
        data_dir = Path(values.text("DATA_DIR", "data"))
        base = cls()
        host, port = values.text("HOST", base.host), values.number("PORT", base.port)
        origin = _origin("PUBLIC_ORIGIN", values.text("PUBLIC_ORIGIN", f"http://127.0.0.1:{port}"))
        testing = values.flag("TESTING", False)
        clock_file = values.text("CLOCK_FILE", "")
        if clock_file and not testing:
            raise SettingsError(f"{PREFIX}CLOCK_FILE moves the server's time; it needs {PREFIX}TESTING=1")
        if values.text("FAILPOINT", "") and not testing:
            raise SettingsError(f"{PREFIX}FAILPOINT kills the server (kit.failpoints); it needs {PREFIX}TESTING=1")
        netloc = urlsplit(origin).netloc
        sandbox = values.text("SANDBOX_ORIGIN", "")
        default = Config()
        config = replace(
            default,
            public_origin=origin,
            sandbox_origin=_origin("SANDBOX_ORIGIN", sandbox) if sandbox else "",
            rp_id=_rp_id(values.text("RP_ID", ""), urlsplit(origin).hostname or ""),
            log_name=values.text("LOG_NAME", f"{netloc}/mappe-log"),
            witnesses=_witnesses(values.text("WITNESSES", "")),
            wallet_documents=values.number("WALLET_DOCUMENTS", default.wallet_documents),
            wallet_bytes=values.number("WALLET_BYTES", default.wallet_bytes),
            uninvited_documents=values.number("UNINVITED_DOCUMENTS", default.uninvited_documents),
            uninvited_bytes=values.number("UNINVITED_BYTES", default.uninvited_bytes),
            wallet_open_grants=values.number("WALLET_OPEN_GRANTS", default.wallet_open_grants),
            deposit_bytes=values.number("DEPOSIT_BYTES", default.deposit_bytes),
            wallets_per_hour=values.number("WALLETS_PER_HOUR", default.wallets_per_hour),
            testing=testing,
        )
        root = values.text("REGISTRY_ROOT", "")
        settings = cls(
            data_dir=data_dir,
            host=host,
            port=port,
            workers=values.number("WORKERS", base.workers),
            database_url=Secret(values.text("DATABASE_URL", f"sqlite:///{data_dir / 'mappe.db'}")),
            database_threads=values.number("DATABASE_THREADS", DATABASE_THREADS),
            database_prepare=values.flag("DATABASE_PREPARE", True),
            blobs=values.text("BLOBS", ""),
            s3_endpoint=values.text("S3_ENDPOINT", ""),
            s3_region=values.text("S3_REGION", base.s3_region),
            s3_access_key=values.text("S3_ACCESS_KEY", ""),
            s3_secret_key=Secret(values.text("S3_SECRET_KEY", "")),
            registry_root=Path(root) if root else None,
            web_dir=Path(values.text("WEB_DIR", str(base.web_dir))),
            metrics_port=values.number("METRICS_PORT", base.metrics_port),
            metrics_host=values.text("METRICS_HOST", base.metrics_host),
            log_level=values.text("LOG_LEVEL", base.log_level),
            ledger=values.text("LEDGER", ""),
            runner=values.flag("RUNNER", True),
            clock_file=Path(clock_file) if clock_file else None,
            config=config,
        )
        values.refuse_unknown()
        return settings


class _Values:
    """Reads variables by their short name and remembers which exist."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {name: value for name, value in env.items() if name.startswith(PREFIX)}
        self._known: set[str] = set()

    def text(self, name: str, default: str) -> str:
        self._known.add(PREFIX + name)
        return self._env.get(PREFIX + name, default).strip()

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdecimal():
            raise SettingsError(f"{PREFIX}{name} must be a whole number")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "1" if default else "0")
        if value not in ("0", "1"):
            raise SettingsError(f"{PREFIX}{name} must be 0 or 1")
        return value == "1"

    def refuse_unknown(self) -> None:
        unknown = sorted(set(self._env) - self._known - CLIENT_NAMES)
        if unknown:
            raise SettingsError(f"unknown setting {unknown[0]}")


def _witnesses(value: str) -> tuple[str, ...]:
    keys = tuple(value.split())
    for key in keys:
        try:
            witness = Verifier.parse(key)
        except FormatError:
            witness = None
        if witness is None or witness.type != COSIGNATURE:
            raise SettingsError(f"{PREFIX}WITNESSES must hold verifier keys: name+hash+base64 of 0x04 and the key")
    return keys


def _origin(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or value != f"{parts.scheme}://{parts.netloc}":
        raise SettingsError(f"{PREFIX}{name} must be an origin such as https://mappe.example, without a path")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise SettingsError(f"{PREFIX}{name} must be https outside this machine: keys travel in its pages")
    return value


def _rp_id(value: str, host: str) -> str:
    """A browser makes passkeys for the page's host or a domain above it (WebAuthn, section 5.1.3)."""
    if value and value != host and not host.endswith(f".{value}"):
        raise SettingsError(f"{PREFIX}RP_ID must be the host of {PREFIX}PUBLIC_ORIGIN or a domain above it")
    return value or host
