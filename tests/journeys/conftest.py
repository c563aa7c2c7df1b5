"""A district on a real server process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.migrate import upgrade
from tests.support.district import District, Office
from tests.support.server import Server

JOB_CENTRE = Office(
    "jobcenter-musterstadt",
    "Jobcenter Musterstadt",
    "Am Markt 1, 12345 Musterstadt",
    "can-sanction",
    {
        "benefit-claim": (
            "public-task",
            "Antrag auf Bürgergeld prüfen",
            (
                "person.family_name",
                "person.given_name",
                "residence_title.x_title_type",
                "residence_title.date_of_issuance",
                "residence_title.date_of_expiry",
                "residence_title.issuing_authority",
                "declaration_of_commitment.guarantor",
            ),
        ),
        "course-level": (
            "public-task",
            "Kurs bewilligen",
            (
                "person.family_name",
                "person.given_name",
                "language_certificate.language",
                "language_certificate.cefr_level",
                "language_certificate.test_name",
            ),
        ),
    },
)
EMPLOYMENT = Office(
    "arbeitsagentur-musterstadt",
    "Agentur für Arbeit Musterstadt",
    "Ring 4, 12345 Musterstadt",
    "can-sanction",
    {"labour-market": ("public-task", "Arbeitsmarktnähe bestätigen", ("person.family_name", "person.given_name"))},
)
SCHOOL = Office(
    "vhs-musterstadt",
    "Volkshochschule Musterstadt",
    "Schulgasse 7, 12345 Musterstadt",
    "voluntary-advice",
    {
        "registration": (
            "contract",
            "Zum Kurs anmelden",
            ("person.family_name", "person.given_name", "course_admission.authority", "course_admission.reference"),
        )
    },
)
SOCIAL_OFFICE = Office(
    "sozialamt-musterstadt",
    "Sozialamt Musterstadt",
    "Rathausplatz 2, 12345 Musterstadt",
    "can-sanction",
    {
        "competence-check": (
            "public-task",
            "Zuständigkeit prüfen",
            ("residence_title.x_title_type", "origin.x_first_registration"),
        ),
        "admission": (
            "public-task",
            "Zum Kurs zulassen",
            (
                "person.family_name",
                "person.given_name",
                "labour_market_confirmation.authority",
                "labour_market_confirmation.reference",
            ),
        ),
    },
)
ADVICE = Office(
    "beratung-musterstadt",
    "Beratungsstelle Musterstadt",
    "Gartenweg 3, 12345 Musterstadt",
    "voluntary-advice",
    {
        "intake": (
            "consent",
            "Erstgespräch vorbereiten",
            ("person.family_name", "person.given_name", "person.birthdate", "contact.phone_number"),
        ),
        "tutoring": (
            "consent",
            "Lernförderung weiter gewähren",
            ("benefit_notice.period_from", "benefit_notice.period_until", "benefit_notice.persons"),
        ),
        "birth-record": (
            "consent",
            "Personenstand klären",
            ("birth_certificate.date", "birth_certificate.x_substitute"),
        ),
        "course-begun": ("consent", "Sehen, ob der Kurs beginnt", ("course_registration.reference",)),
        "certificate": (
            "consent",
            "Zeugnis im Original ansehen",
            (
                "person.family_name",
                "person.given_name",
                "language_certificate.language",
                "language_certificate.cefr_level",
                "language_certificate.test_name",
            ),
        ),
        "counselling": ("consent", "Gemeinsam schreiben", ("cv.x_summary", "competence_profile.x_wishes")),
    },
)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """One for all tests of a module: each brings people of its own."""
    folder = tmp_path_factory.mktemp("district")
    url = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(url)
    one = District(Server(folder, {"MAPPE_DATABASE_URL": url}), folder / "district").prepare()
    one.server.start()
    one.enrol(JOB_CENTRE, SOCIAL_OFFICE, ADVICE, EMPLOYMENT, SCHOOL)
    yield one
    one.server.remove()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A scanned PDF of several pages; see tests/support/papers.py."""
    from tests.support.papers import scanned_pdf

    return scanned_pdf(tmp_path / "Bescheid.pdf", pages=3)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo as a phone takes it, with its position in the metadata."""
    from tests.support.papers import phone_photo

    return phone_photo(tmp_path / "IMG_2041.jpg", megapixels=2)
