"""A registry ceremony and an enrolled office for tests: real keys, real signatures, no passphrase to wait for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.agency.keys import AgencyKeys
from mappe.agency.profile import AgencyProfile
from mappe.formats.registry import Enrolment, Roots, make_roots, parse_roots, verify_enrolment
from mappe.operator import ceremony, edits
from mappe.operator.draft import Draft

FIELDS = ["residence_title.family_name", "residence_title.given_name", "residence_title.date_of_expiry"]
PURPOSES = [
    {
        "id": "benefit",
        "text": {"de": "Antrag auf Leistungen prüfen", "en": "Check the application"},
        "basis": "public-task",
        "fields": [*FIELDS, "residence_title.file", "residence_title.x_name_original_script"],
        "retention": "P6M",
    }
]


@dataclass
class Roothold:
    """Three root keys, and the versions that they have signed."""

    folder: Path
    bundle: str = "erlangen"
    keys: list[Ed25519PrivateKey] = field(default_factory=lambda: [Ed25519PrivateKey.generate() for _ in range(3)])
    documents: list[str] = field(default_factory=list)

    @property
    def roots_file(self) -> Path:
        path = self.folder / "roots.json"
        if not path.exists():
            path.write_bytes(make_roots(self.bundle, [key.public_key() for key in self.keys]))
        return path

    @property
    def roots(self) -> Roots:
        return parse_roots(self.roots_file.read_bytes())

    def draft(self, now: int | None = None, days: int = 45) -> Draft:
        """The next version."""
        now = int(time.time()) if now is None else now
        if not self.documents:
            return Draft.start(self.bundle, now, days)
        return Draft.follow(self.documents[-1], self.roots, now, days)

    def sign(self, draft: Draft, signers: Sequence[int] = (0, 2), now: int | None = None) -> str:
        """The signed version, which becomes the last one."""
        signatures = [ceremony.sign(draft, self.roots, self.keys[number]) for number in signers]
        document = ceremony.put_together(draft, self.roots, signatures, draft.issued if now is None else now)
        self.documents.append(document)
        return document

    def issue(self, *enrolments: Enrolment, purposes: Sequence[Any] = tuple(PURPOSES)) -> Path:
        """A version with further agencies, as a file."""
        draft = self.draft()
        for enrolment in enrolments:
            edits.add(draft, enrolment, "can-sanction", list(purposes))
        return self.file(self.sign(draft))

    def file(self, document: str) -> Path:
        path = self.folder / f"registry-{len(self.documents)}.json"
        path.write_text(document)
        return path


def office(folder: Path, origin: str, roots: Path, id: str = "jobcenter-erlangen") -> tuple[AgencyProfile, AgencyKeys]:
    """A new office whose enrolment is still to be issued."""
    profile = AgencyProfile(
        folder, origin, id, "Jobcenter Erlangen", "Rathausplatz 1, 91052 Erlangen", {"phone": "09131"}
    )
    profile.pin_roots(roots.read_bytes())
    keys = AgencyKeys.generate(int(time.time()))
    keys.save(profile.keys_file)
    profile.save()
    return profile, keys


def enrolment_of(profile: AgencyProfile, keys: AgencyKeys) -> Enrolment:
    return verify_enrolment(profile.enrolment(keys, int(time.time()))[0])
