"""Values as files: formulas are defused, every script is printed or refused, nothing is lost."""

from __future__ import annotations

import csv
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from mappe.agency import fonts, saving
from mappe.agency.pdf import as_pdf
from mappe.agency.scan import read_code
from mappe.cli import qr
from mappe.cli.output import Out, safe
from mappe.errors import MappeError
from mappe.formats.grant import Grant, Policy, Record, Seen, SlotName, Terms
from mappe.formats.slot import Slot
from PIL import Image

LINK = "https://mappe.example/a#" + "A" * 43


def grant_of(**values: Any) -> Grant:
    names = {bytes([number]) * 16: f"type.{name}" for number, name in enumerate(values)}
    slots = {
        id_: Slot(
            "field",
            name,
            {
                "value": value,
                "assurance": "self-declared",
                "source": "own statement",
                "as_of": "2026-05",
                "evidence": [],
                **({"missing": "not-obtainable", "reason": "war"} if value is None else {}),
            },
            None,
            None,
        )
        for (id_, name), value in zip(names.items(), values.values(), strict=True)
    }
    zero = bytes(32)
    terms = Terms(
        salt=bytes(16),
        purpose="Prüfung",
        basis="consent",
        retention="P6M",
        language="de",
        text=zero,
        text_kind="consent",
        recipient=None,
        request=None,
        standing=False,
        signer="x",
        slots={id_: SlotName("field", name) for id_, name in names.items()},
    )
    policy = Policy(bytes(16), None, tuple(names), 0, 2_000_000_000, 1, None, zero)
    record = Record(bytes(16), 3, zero, zero, zero, {}, 1_790_000_000, zero, zero)
    return Grant(policy, terms, record, slots, Seen(3, zero))


def test_csv_says_where_values_come_from_and_defuses_formulas() -> None:
    grant = grant_of(
        a="=HYPERLINK(1)", b="+49 911", c=None, d={"amount": "1.50", "currency": "EUR"}, e='x;"y"\n', f=True
    )
    rows = list(csv.DictReader(saving.as_csv(grant).decode("utf-8-sig").splitlines(keepends=True)))
    assert [row["value"] for row in rows] == [
        "'=HYPERLINK(1)",
        "'+49 911",
        "",
        "amount: 1.50, currency: EUR",
        'x;"y"\n',
        "yes",
    ]
    assert (rows[2]["missing"], rows[2]["reason"]) == ("not-obtainable", "war")
    assert {row["assurance"] for row in rows} == {"self-declared"}
    plain = saving.as_csv(grant, delimiter=";", guard=False).decode("utf-8-sig")
    assert "type.b;field;+49 911;" in plain
    assert saving.as_csv(grant).startswith(b"\xef\xbb\xbf")


def test_json_is_whole() -> None:
    value = saving.as_json(grant_of(a=["x", {"y": 1}], b=None), "the.record.jws", read_at=5)
    again = json.loads(saving.dump(value))
    assert again == value
    assert again["fields"][0]["value"] == ["x", {"y": 1}]
    assert (again["version"], again["record"], again["until"]) == (3, "the.record.jws", 2_000_000_000)


def test_pdf_prints_every_script_as_text() -> None:
    names = {"latin": "Ďž̦ Ağaoğlu", "cyrillic": "Шевченко", "arabic": "الحسيني", "tigrinya": "ሚካኤል"}
    read = saving.as_json(grant_of(**names, missing=None), read_at=1_790_000_000)
    data = as_pdf(read)
    assert data.startswith(b"%PDF") and b"/FontFile2" in data
    printed = _characters(data)
    for name in names.values():
        assert set(name) - {" "} <= printed, name
    assert set("not obtainable, war") - {" "} <= printed
    assert _characters(as_pdf(saving.as_json(grant_of(a="x"), read_at=1))).isdisjoint("ሚش")


def _characters(data: bytes) -> set[str]:
    """What a reader of the page finds and copies: the characters that its embedded fonts' glyphs stand for."""
    found: set[str] = set()
    with pikepdf.open(BytesIO(data)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Stream) and b"beginbfchar" in (cmap := one.read_bytes()):
                for code in re.findall(rb"<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>", cmap):
                    found |= set(bytes.fromhex(code.decode()).decode("utf-16-be"))
    return found


def test_a_script_without_a_font_is_refused_not_boxed(tmp_path: Path) -> None:
    latin = next(path for path in fonts.installed() if path.name == "DejaVuSans.ttf")
    with pytest.raises(MappeError) as error:
        as_pdf(saving.as_json(grant_of(a="ሚካኤል"), read_at=1), [latin])
    assert error.value.code == "font-missing"
    assert "Ethiopic" in str(error.value) and "--font" in error.value.next_step
    with pytest.raises(MappeError) as none:
        fonts.choose_fonts(["x"], [tmp_path / "nothing.ttf"])
    assert none.value.code == "not-a-font"
    assert fonts.installed([tmp_path]) == []


def test_a_picture_of_a_code(tmp_path: Path) -> None:
    path = tmp_path / "q.png"
    qr.show(Out(as_json=True), LINK, path)
    assert read_code(path) == LINK
    with Image.open(path) as picture:
        picture.convert("RGB").rotate(17, expand=True, fillcolor="white").save(tmp_path / "tilted.jpg", quality=60)
        wide = Image.new("L", (picture.width * 2, picture.height), 255)
        wide.paste(picture.convert("L"), (0, 0))
        other = tmp_path / "r.png"
        qr.show(Out(as_json=True), LINK[:-1] + "E", other)
        with Image.open(other) as second:
            wide.paste(second.convert("L").resize(picture.size), (picture.width, 0))
        wide.save(tmp_path / "two.png")
    assert read_code(tmp_path / "tilted.jpg") == LINK
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    (tmp_path / "text.png").write_text("no picture")
    for name, code in (("two", "many-codes"), ("empty", "no-code"), ("text", "not-a-picture")):
        with pytest.raises(MappeError) as error:
            read_code(tmp_path / f"{name}.png")
        assert error.value.code == code


def test_a_terminal_obeys_no_value() -> None:
    assert safe("a\x1b[2Jb\u202ec\x9bd\x00\te\n") == "a\ufffd[2Jb\ufffdc\ufffdd\ufffd\te\n"
