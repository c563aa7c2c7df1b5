"""The catalogue, the templates and the texts keep the promises of mobile_api_spec/fields.md.

Each rule is a function that lists what is wrong. The shipped files must yield nothing; each broken
copy must yield something, so that no rule can pass by never looking.
"""

import base64
import copy
import hashlib
import json
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SPEC = Path(__file__).resolve().parents[2] / "mobile_api_spec"
LANGUAGES = ["de", "de-x-plain", "en"]
TEXT_LANGUAGES = [*LANGUAGES, "ar", "fa", "ps", "kmr", "ti", "tr", "uk", "ru", "fr", "so"]
"""What a holder reads before releasing exists in each; of the catalogue, test_labels.py has the rest."""
ID = re.compile(r"[a-z][a-z0-9_]*")
PLACEHOLDERS = {"recipient", "address", "purpose", "fields", "until", "retention", "on_no"}
NEVER = ("relig", "confession", "church", "ethni", "race", "fingerprint", "biometr", "access_number", "card_pin")
NEVER_LABELLED = re.compile(r"religi|konfession|ethni|volkszugehör|fingerabdr|fingerprint", re.IGNORECASE)
CONSENT_WORDS = re.compile(
    "consent|einwillig|zustimm|einverstanden|\\bagree"
    "|موافق|أوافق|رضایت|razîbûn|razî me|ፍቓደኝነት|rıza|razı|згод|погодж|соглас|oggolaansho",
    re.IGNORECASE,
)
NUMBER_KINDS = {"identifier", "iban"}
REVEALING_SCANS = {"portrait", "access_number", "amounts", "whole_content"}

Json = dict[str, Any]


def load(name: str) -> Json:
    return parse((SPEC / name).read_bytes())


def parse(data: bytes) -> Json:
    """Strict: no duplicate member, no fraction, no byte order mark."""

    def unique(pairs: list[tuple[str, Any]]) -> Json:
        repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        if repeated:
            raise ValueError(f"duplicate members {repeated}")
        return dict(pairs)

    def refuse(text: str) -> Any:
        raise ValueError(f"number {text}")

    document: Json = json.loads(
        data.decode("utf-8"), object_pairs_hook=unique, parse_float=refuse, parse_constant=refuse
    )
    return document


# ── JSON Schema: the keywords our two schemas use, and no silent pass for any other ──


def schema_faults(value: Any, schema: Json, root: Json, at: str = "$") -> list[str]:
    known = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "minLength"}
    known |= {"properties", "required", "additionalProperties", "minProperties"}
    known |= {"items", "minItems", "uniqueItems", "anyOf"}
    if unknown := set(schema) - known:
        raise NotImplementedError(f"schema keywords {sorted(unknown)} at {at}")
    if "$ref" in schema:
        return schema_faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    if "anyOf" in schema:
        branches = [schema_faults(value, branch, root, at) for branch in schema["anyOf"]]
        return [] if not all(branches) else min(branches, key=len)
    if "const" in schema and value != schema["const"]:
        return [f"{at}: not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} not in {schema['enum']}"]
    python_type = {"object": dict, "array": list, "string": str, "boolean": bool}.get(schema.get("type", ""))
    if python_type and not isinstance(value, python_type):
        return [f"{at}: not of type {schema['type']}"]
    faults: list[str] = []
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"].removesuffix("$") + r"\Z", value):
            faults.append(f"{at}: {value!r} does not match {schema['pattern']}")
        if len(value) < schema.get("minLength", 0):
            faults.append(f"{at}: too short")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        faults += [f"{at}: lacks {name}" for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties") is False:
            faults += [f"{at}: unexpected {name}" for name in value if name not in properties]
        if len(value) < schema.get("minProperties", 0):
            faults.append(f"{at}: empty")
        for name, sub in properties.items():
            if name in value:
                faults += schema_faults(value[name], sub, root, f"{at}.{name}")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            faults.append(f"{at}: too few")
        if schema.get("uniqueItems") and len({json.dumps(v, sort_keys=True) for v in value}) < len(value):
            faults.append(f"{at}: repeated entry")
        for i, entry in enumerate(value):
            faults += schema_faults(entry, schema.get("items", {}), root, f"{at}[{i}]")
    return faults


# ── Rules ──


def strings(value: Any, at: str = "$") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield at, name
            yield from strings(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from strings(inner, f"{at}[{i}]")


def text_faults(document: Json) -> list[str]:
    faults = []
    for at, text in strings(document):
        if unicodedata.normalize("NFC", text) != text:
            faults.append(f"{at}: not NFC")
        if text != text.strip() or any(unicodedata.category(c) in {"Cc", "Cf"} for c in text):
            faults.append(f"{at}: blank at an end, or a control character: {text!r}")
    return faults


def wording_faults(node: Json, at: str, names: tuple[str, ...] = ("labels", "help")) -> list[str]:
    """Present in every language, and not blank."""
    faults = []
    for name in names:
        wording = node.get(name, {})
        if list(wording) != LANGUAGES or not all(text.strip() for text in wording.values()):
            faults.append(f"{at}: {name} not in {LANGUAGES}")
    return faults


def unique_faults(nodes: list[Json], at: str) -> list[str]:
    faults = [f"{at}: {i} twice" for i, n in Counter(node["id"] for node in nodes).items() if n > 1]
    for language in LANGUAGES:
        labels = Counter(node["labels"].get(language) for node in nodes)
        faults += [f"{at}: two entries labelled {label!r} in {language}" for label, n in labels.items() if n > 1]
    return faults


def value_faults(value: Json, at: str) -> list[str]:
    faults = []
    if (value["kind"] == "code") != ("codes" in value) and value["kind"] != "countries":
        faults.append(f"{at}: kind {value['kind']} and codes do not fit")
    faults += unique_faults(value.get("codes", []), at)
    for code in value.get("codes", []):
        faults += wording_faults(code, f"{at}={code['id']}")
    faults += unique_faults(value.get("members", []), at)
    for member in value.get("members", []):
        faults += key_faults(member, f"{at}.{member['id']}")
        faults += value_faults(member["value"], f"{at}.{member['id']}")
    return faults


def key_faults(node: Json, at: str) -> list[str]:
    faults = wording_faults(node, at)
    if not ID.fullmatch(node["id"]):
        faults.append(f"{at}: bad id")
    if any(word in node["id"] for word in NEVER):
        faults.append(f"{at}: must not be catalogued")
    if NEVER_LABELLED.search(" ".join(node["labels"].values())):
        faults.append(f"{at}: label of something that must not be catalogued")
    return faults


def catalogue_faults(catalogue: Json) -> list[str]:
    schema = load("schemas/fields.schema.json")
    faults = schema_faults(catalogue, schema, schema)
    if faults:
        return faults
    faults += text_faults(catalogue) + unique_faults(catalogue["types"], "types")
    shown = {code["id"] for code in catalogue["vocabularies"]["scan_shows"]}
    for name, codes in catalogue["vocabularies"].items():
        faults += unique_faults(codes, name)
        for code in codes:
            faults += wording_faults(code, f"{name}={code['id']}")
    for kind in catalogue["types"]:
        at = kind["id"]
        faults += key_faults(kind, at) + unique_faults(kind["fields"], at)
        if kind["sensitive"] and kind["bundle"]:
            faults.append(f"{at}: sensitive, yet allowed in a bundle")
        if unknown := set(kind["scan_shows"]) - shown:
            faults.append(f"{at}: scan shows unknown {unknown}")
        for field in kind["fields"]:
            here = f"{at}.{field['id']}"
            faults += key_faults(field, here) + value_faults(field["value"], here)
            kinds = {field["value"]["kind"], *(m["value"]["kind"] for m in field["value"].get("members", []))}
            number = at == "numbers" or kinds & NUMBER_KINDS
            if field["default_request"] and (number or field["sensitive"] or kind["sensitive"]):
                faults.append(f"{here}: number or sensitive, yet in a default request")
            if kind["sensitive"] and not field["sensitive"]:
                faults.append(f"{here}: field of a sensitive type must be sensitive")
    return faults


def template_faults(templates: Json, catalogue: Json) -> list[str]:
    schema = load("schemas/templates.schema.json")
    faults = schema_faults(templates, schema, schema)
    if faults:
        return faults
    types = {kind["id"]: kind for kind in catalogue["types"]}
    fields = {f"{kind['id']}.{field['id']}": field for kind in catalogue["types"] for field in kind["fields"]}
    faults += text_faults(templates) + unique_faults(templates["templates"], "templates")
    for template in templates["templates"]:
        at = template["id"]
        faults += wording_faults(template, at, ("labels", "purpose", "on_no"))
        if not at.startswith(template["scenario"].lower() + "_"):
            faults.append(f"{at}: id does not begin with its scenario")
        asked = template["required"] + template["optional"]
        if len(set(asked)) < len(asked):
            faults.append(f"{at}: a field is asked twice")
        faults += [
            f"{at}: alternative for {a['instead_of']}, which is not asked"
            for a in template["alternatives"]
            if a["instead_of"] not in asked
        ]
        for path in [*asked, *(path for a in template["alternatives"] for path in a["fields"])]:
            if path not in fields:
                faults.append(f"{at}: {path} is not in the catalogue")
                continue
            kind = types[path.partition(".")[0]]
            if kind["sensitive"] or fields[path]["sensitive"]:
                faults.append(f"{at}: {path} is sensitive")
            if not fields[path]["default_request"]:
                faults.append(f"{at}: {path} is not for a default request")
            if template["kind"] == "bundle" and not kind["bundle"]:
                faults.append(f"{at}: {path} must not be in a bundle")
        for scan in template["scans"]:
            kind = types.get(scan["type"])
            if kind is None or kind["sensitive"] or (template["kind"] == "bundle" and not kind["bundle"]):
                faults.append(f"{at}: scan of {scan['type']} not possible")
            elif scan["required"] and REVEALING_SCANS & set(kind["scan_shows"]):
                faults.append(f"{at}: must not require a scan of {scan['type']}")
            elif not any(path.startswith(f"{scan['type']}.") for path in asked_with_alternatives(template)):
                faults.append(f"{at}: scan of {scan['type']} without a field of it")
    return faults


def asked_with_alternatives(template: Json) -> list[str]:
    stand_ins = [path for alternative in template["alternatives"] for path in alternative["fields"]]
    return [*template["required"], *template["optional"], *stand_ins]


def texts_faults(index: Json, files: dict[str, bytes]) -> list[str]:
    faults = []
    if set(index) != {"format", "texts"} or index["format"] != "mappe/1/texts":
        return ["index: wrong shape"]
    named = Counter(f"{entry['id']}.{entry['language']}.md" for entry in index["texts"])
    faults += [f"{name}: listed twice" for name, n in named.items() if n > 1]
    faults += [f"{name}: in only one of folder and index" for name in set(named) ^ set(files)]
    for entry in index["texts"]:
        if set(entry) != {"id", "kind", "version", "language", "state", "sha256"}:
            faults.append(f"{entry.get('id')}: wrong members")
            continue
        name = f"{entry['id']}.{entry['language']}.md"
        full = f"{entry['kind']}-{entry['version']}"
        if entry["kind"] not in {"consent", "contract", "notice"} or entry["id"] != full:
            faults.append(f"{name}: id is not kind and version")
        if entry["state"] not in {"drafted", "reviewed"}:
            faults.append(f"{name}: state {entry['state']}")
        if name not in files:
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
        if entry["sha256"] != digest:
            faults.append(f"{name}: hash does not fit the file")
        faults += one_text_faults(name, entry["kind"], files[name])
    languages: dict[str, set[str]] = {}
    for entry in index["texts"]:
        languages.setdefault(entry["id"], set()).add(entry["language"])
    faults += [f"{i}: not in every language" for i, found in languages.items() if found != set(TEXT_LANGUAGES)]
    return faults


def one_text_faults(name: str, kind: str, data: bytes) -> list[str]:
    faults = []
    text = data.decode("utf-8")
    if unicodedata.normalize("NFC", text) != text or "\r" in text or text.startswith("\ufeff") or text[-1:] != "\n":
        faults.append(f"{name}: not NFC with line feeds")
    found = Counter(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)
    if dict(found) != dict.fromkeys(PLACEHOLDERS, 1):
        faults.append(f"{name}: placeholders {dict(found)}")
    if "<" in text or "](" in text:
        faults.append(f"{name}: markup or a link")
    if kind != "consent" and CONSENT_WORDS.search(text):
        faults.append(f"{name}: a {kind} must not call itself consent")
    says = text if ".de-x-plain." in name else text.partition("\n")[0]
    if kind == "consent" and not CONSENT_WORDS.search(says):
        faults.append(f"{name}: does not say that it is a consent")
    return faults


def text_files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (SPEC / "texts").iterdir() if path.name != "index.json"}


# ── What we ship is right ──


@pytest.fixture(scope="module")
def catalogue() -> Json:
    return load("fields.json")


@pytest.fixture(scope="module")
def templates() -> Json:
    return load("templates.json")


def test_the_catalogue_keeps_its_rules(catalogue: Json) -> None:
    assert catalogue_faults(catalogue) == []


_GERMAN = re.compile(r"\b(der|die|das|wer|den|ein|nicht|und|Sie|ist)\b")
_ENGLISH = re.compile(r"\b(the|of|who|that|you|is|and)\b", re.IGNORECASE)


def _texts(value: object, path: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for name in ("labels", "help", "purpose", "on_no"):
            if name in value:
                yield f"{path}.{name}", value[name]
        for name, inner in value.items():
            yield from _texts(inner, f"{path}/{value.get('id', '')}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)


def test_no_text_stands_under_another_language(catalogue: Json, templates: Json) -> None:
    swapped = [
        path
        for path, text in _texts([catalogue, templates])
        if _GERMAN.search(text["en"]) or _ENGLISH.search(text["de"]) or _ENGLISH.search(text["de-x-plain"])
    ]
    assert swapped == []


def test_the_templates_keep_their_rules(catalogue: Json, templates: Json) -> None:
    assert template_faults(templates, catalogue) == []


def test_the_texts_have_their_hashes_and_placeholders() -> None:
    assert texts_faults(load("texts/index.json"), text_files()) == []


def test_a_notice_says_what_refusing_costs() -> None:
    for name, sentence in (
        ("notice-1.de.md", "Was es kostet, wenn Sie Nein sagen:"),
        ("notice-1.de-x-plain.md", "Was passiert, wenn Sie Nein sagen?"),
        ("notice-1.en.md", "What it costs to say no:"),
    ):
        assert re.search(re.escape(sentence) + r"\*\* \{on_no\}", text_files()[name].decode()), name


@pytest.mark.parametrize("language", TEXT_LANGUAGES)
def test_each_text_has_the_parts_of_the_german_one(language: str) -> None:
    """Heading, paragraphs and places stand in the same order: a reader can lay the two beside each other."""
    if language == "de-x-plain":  # says the same in more and shorter paragraphs
        return
    for kind in ("consent", "contract", "notice"):
        here, german = (text_files()[f"{kind}-1.{name}.md"].decode().split("\n\n") for name in (language, "de"))
        assert [re.findall(r"\{\w+\}", part) for part in here] == [re.findall(r"\{\w+\}", part) for part in german]


def test_every_scenario_that_moves_fields_has_a_template(templates: Json) -> None:
    without = {"S11", "S15"}  # deposits and recovery move no fields
    assert {t["scenario"] for t in templates["templates"]} == {f"S{n}" for n in range(1, 16)} - without


def test_the_competence_check_asks_exactly_two_fields(templates: Json) -> None:
    (check,) = [t for t in templates["templates"] if t["scenario"] == "S3"]
    assert check["required"] == ["residence_title.x_title_type", "origin.x_first_registration"]
    assert check["optional"] == []
    assert all(len(alternative["fields"]) == 1 for alternative in check["alternatives"])


def test_a_move_leaves_assessments_behind(catalogue: Json, templates: Json) -> None:
    assessments = {kind["id"] for kind in catalogue["types"] if kind["assessment"]}
    assert {"goal_agreement", "competence_profile", "referral"} <= assessments
    (move,) = [t for t in templates["templates"] if t["scenario"] == "S8"]
    assert not assessments & {path.partition(".")[0] for path in asked_with_alternatives(move)}


def test_the_standing_notice_shows_no_amounts(templates: Json) -> None:
    (notice,) = [t for t in templates["templates"] if t["scenario"] == "S6"]
    assert notice["standing"] and notice["scans"] == []
    assert not any("amount" in path for path in asked_with_alternatives(notice))
    assert {"benefit_notice.period_until", "benefit_notice.persons"} <= set(notice["required"])


def test_only_the_notice_template_stands(templates: Json) -> None:
    assert [t["scenario"] for t in templates["templates"] if t["standing"]] == ["S6"]


def test_asylum_decisions_and_numbers_are_sensitive(catalogue: Json) -> None:
    types = {kind["id"]: kind for kind in catalogue["types"]}
    for name in ("asylum_decision", "numbers"):
        assert types[name]["sensitive"] and not types[name]["bundle"]
    amounts = [f for f in types["benefit_notice"]["fields"] if f["id"] == "amounts"]
    assert [f["sensitive"] for f in amounts] == [True]


def test_nationality_can_be_unknown_or_stateless(catalogue: Json) -> None:
    (person,) = [kind for kind in catalogue["types"] if kind["id"] == "person"]
    (nationalities,) = [field for field in person["fields"] if field["id"] == "nationalities"]
    assert [code["id"] for code in nationalities["value"]["codes"]] == ["QU", "QS"]


def test_names_have_three_forms_and_birth_may_be_a_year(catalogue: Json) -> None:
    (person,) = [kind for kind in catalogue["types"] if kind["id"] == "person"]
    kinds = {field["id"]: field["value"]["kind"] for field in person["fields"]}
    assert kinds["family_name"] == kinds["given_name"] == "name"
    assert kinds["x_name_original_script"] == kinds["x_name_german_law"] == "object"
    assert kinds["birthdate"] == "partial_date"


def test_the_vocabularies_are_those_of_the_formats(catalogue: Json) -> None:
    ids = {name: [code["id"] for code in codes] for name, codes in catalogue["vocabularies"].items()}
    assert ids["assurance"] == ["self-declared", "seen-in-original", "issuer-signed"]
    assert ids["missing"] == ["not-known", "not-obtainable"]
    assert ids["basis"] == ["consent", "contract", "public-task"]


def test_every_kind_of_value_is_explained(catalogue: Json) -> None:
    schema = load("schemas/fields.schema.json")
    page = (SPEC / "fields.md").read_text(encoding="utf-8")
    for kind in [*schema["$defs"]["kind"]["enum"], "object", "list"]:
        assert re.search(rf"^\| .*`{kind}`.* \|", page, re.MULTILINE), kind


@pytest.mark.parametrize("name", ["fields.json", "templates.json", "texts/index.json"])
def test_files_are_written_in_one_way(name: str) -> None:
    data = (SPEC / name).read_bytes()
    assert json.dumps(parse(data), ensure_ascii=False, indent=1).encode() + b"\n" == data


# ── Broken copies are noticed ──


def kind_of(catalogue: Json, name: str) -> Json:
    return next(kind for kind in catalogue["types"] if kind["id"] == name)


def field_of(catalogue: Json, path: str) -> Json:
    kind, _, name = path.partition(".")
    return next(field for field in kind_of(catalogue, kind)["fields"] if field["id"] == name)


def new_field(name: str, label: str = "Something") -> Json:
    wording = dict.fromkeys(LANGUAGES, label)
    return {
        "id": name,
        "labels": wording,
        "help": wording,
        "value": {"kind": "text"},
        "sensitive": False,
        "default_request": True,
    }


CATALOGUE_BREAKS: dict[str, tuple[Callable[[Json], object], str]] = {
    "a language is missing": (lambda c: field_of(c, "person.sex")["labels"].pop("en"), "lacks en"),
    "an unshipped language": (lambda c: field_of(c, "person.sex")["labels"].update(fr="Sexe"), "unexpected fr"),
    "an empty label": (lambda c: kind_of(c, "person")["labels"].update(de=""), "too short"),
    "a blank help": (lambda c: kind_of(c, "person")["help"].update(de=" "), "help not in"),
    "a help of two lines": (lambda c: kind_of(c, "person")["help"].update(de="a\nb"), "does not match"),
    "no help for a code": (lambda c: field_of(c, "person.sex")["value"]["codes"][0].pop("help"), "lacks help"),
    "a blank label of a member": (
        lambda c: field_of(c, "person.place_of_birth")["value"]["members"][0]["labels"].update(en="\t"),
        "labels not in",
    ),
    "a type twice": (lambda c: c["types"].append(copy.deepcopy(c["types"][0])), "person twice"),
    "a field twice": (lambda c: kind_of(c, "person")["fields"].append(field_of(c, "person.sex")), "sex twice"),
    "a code twice": (
        lambda c: field_of(c, "person.sex")["value"]["codes"].append(field_of(c, "person.sex")["value"]["codes"][0]),
        "male twice",
    ),
    "two fields with one label": (
        lambda c: field_of(c, "person.given_name")["labels"].update(field_of(c, "person.family_name")["labels"]),
        "two entries labelled",
    ),
    "an id in capitals": (lambda c: field_of(c, "person.sex").update(id="Sex"), "does not match"),
    "an id with a line feed": (lambda c: field_of(c, "person.sex").update(id="sex\n"), "does not match"),
    "an unknown kind": (lambda c: field_of(c, "person.sex")["value"].update(kind="float"), "not in"),
    "codes without kind code": (lambda c: field_of(c, "person.sex")["value"].update(kind="text"), "do not fit"),
    "kind code without codes": (lambda c: field_of(c, "contact.email")["value"].update(kind="code"), "do not fit"),
    "religion": (lambda c: kind_of(c, "person")["fields"].append(new_field("religion")), "must not be catalogued"),
    "ethnicity": (lambda c: kind_of(c, "origin")["fields"].append(new_field("x_ethnicity")), "must not be catalogued"),
    "fingerprints": (lambda c: kind_of(c, "passport")["fields"].append(new_field("fingerprints")), "must not be"),
    "religion in disguise": (
        lambda c: kind_of(c, "person")["fields"].append(new_field("x_rel", "Konfession")),
        "label of something",
    ),
    "religion as a member": (
        lambda c: field_of(c, "person.place_of_birth")["value"]["members"][0].update(id="religion"),
        "must not be catalogued",
    ),
    "the card's access number": (
        lambda c: kind_of(c, "residence_title")["fields"].append(new_field("card_access_number")),
        "must not be catalogued",
    ),
    "a number asked by default": (
        lambda c: field_of(c, "numbers.x_azr_number").update(default_request=True),
        "in a default request",
    ),
    "a passport number asked by default": (
        lambda c: field_of(c, "passport.document_number").update(default_request=True),
        "in a default request",
    ),
    "amounts asked by default": (
        lambda c: field_of(c, "benefit_notice.amounts").update(default_request=True),
        "in a default request",
    ),
    "a number under another kind": (
        lambda c: kind_of(c, "numbers")["fields"].append(new_field("x_new") | {"sensitive": True}),
        "in a default request",
    ),
    "a sensitive type in bundles": (lambda c: kind_of(c, "asylum_decision").update(bundle=True), "allowed in a bundle"),
    "a plain field of a sensitive type": (
        lambda c: field_of(c, "asylum_decision.date").update(sensitive=False),
        "must be sensitive",
    ),
    "text that is not NFC": (lambda c: kind_of(c, "person")["labels"].update(de="U\u0308ber"), "not NFC"),
    "a hidden direction mark": (
        lambda c: kind_of(c, "person")["labels"].update(de="Per\u202eson"),
        "control character",
    ),
    "an unknown thing in a scan": (lambda c: kind_of(c, "letter")["scan_shows"].append("soul"), "unknown"),
    "an invented mapping": (lambda c: field_of(c, "person.sex")["mapping"].update(azr="1"), "unexpected azr"),
    "an unknown member": (lambda c: c.update(extra=1), "unexpected extra"),
    "another format": (lambda c: c.update(format="mappe/2/fields"), "not 'mappe/1/fields'"),
    "a version of two parts": (lambda c: c.update(version="1.0"), "does not match"),
}


@pytest.mark.parametrize("case", CATALOGUE_BREAKS)
def test_a_broken_catalogue_is_noticed(case: str, catalogue: Json) -> None:
    break_it, expected = CATALOGUE_BREAKS[case]
    broken = copy.deepcopy(catalogue)
    break_it(broken)
    assert any(expected in fault for fault in catalogue_faults(broken)), catalogue_faults(broken)


def template_of(templates: Json, name: str) -> Json:
    return next(template for template in templates["templates"] if template["id"] == name)


TEMPLATE_BREAKS: dict[str, tuple[Callable[[Json], object], str]] = {
    "an unknown field": (
        lambda t: template_of(t, "s2_benefit_claim")["required"].append("person.shoe_size"),
        "not in the catalogue",
    ),
    "an asylum decision in a bundle": (
        lambda t: template_of(t, "s8_move")["optional"].append("asylum_decision.kind"),
        "is sensitive",
    ),
    "an asylum decision in a request": (
        lambda t: template_of(t, "s2_benefit_claim")["optional"].append("asylum_decision.kind"),
        "is sensitive",
    ),
    "amounts": (
        lambda t: template_of(t, "s6_notice_for_tutoring")["optional"].append("benefit_notice.amounts"),
        "is sensitive",
    ),
    "a sensitive stand-in": (
        lambda t: template_of(t, "s3_competence_check")["alternatives"][0].update(fields=["asylum_decision.kind"]),
        "is sensitive",
    ),
    "a tax number": (
        lambda t: template_of(t, "s2_benefit_claim")["required"].append("numbers.personal_administrative_number"),
        "not for a default request",
    ),
    "a card number": (
        lambda t: template_of(t, "s7_intake")["optional"].append("residence_title.document_number"),
        "not for a default request",
    ),
    "a letter in a bundle": (
        lambda t: template_of(t, "s8_move")["optional"].append("letter.subject"),
        "must not be in a bundle",
    ),
    "a scan of a decision": (
        lambda t: template_of(t, "s8_move")["scans"].append({"type": "asylum_decision", "required": False}),
        "not possible",
    ),
    "a scan of an unknown type": (
        lambda t: template_of(t, "s7_intake")["scans"].append({"type": "diary", "required": False}),
        "not possible",
    ),
    "a required picture of a face": (
        lambda t: template_of(t, "s4_renewal_gap_bank")["scans"][2].update(required=True),
        "must not require a scan",
    ),
    "a scan of a paper nobody asked for": (
        lambda t: template_of(t, "s7_intake")["scans"].append({"type": "degree", "required": False}),
        "without a field",
    ),
    "required and optional at once": (
        lambda t: template_of(t, "s7_intake")["optional"].append("person.family_name"),
        "asked twice",
    ),
    "a stand-in for nothing": (
        lambda t: template_of(t, "s3_competence_check")["alternatives"][0].update(instead_of="person.sex"),
        "not asked",
    ),
    "nothing required": (lambda t: template_of(t, "s7_intake").update(required=[]), "too few"),
    "no basis": (lambda t: template_of(t, "s7_intake").update(basis=[]), "too few"),
    "an unknown basis": (lambda t: template_of(t, "s7_intake").update(basis=["interest"]), "not in"),
    "kept for ever": (lambda t: template_of(t, "s7_intake").update(retention="P0D"), "does not match"),
    "no word on a no": (lambda t: template_of(t, "s7_intake")["on_no"].update(en=""), "too short"),
    "a purpose in two languages": (lambda t: template_of(t, "s7_intake")["purpose"].pop("de-x-plain"), "lacks"),
    "an id twice": (lambda t: t["templates"].append(copy.deepcopy(t["templates"][0])), "twice"),
    "a wrong scenario": (lambda t: template_of(t, "s7_intake").update(scenario="S1"), "does not begin"),
    "a scenario that is not there": (lambda t: template_of(t, "s7_intake").update(scenario="S16"), "does not match"),
    "a field ticked in advance": (lambda t: template_of(t, "s7_intake").update(ticked=[]), "unexpected ticked"),
}


@pytest.mark.parametrize("case", TEMPLATE_BREAKS)
def test_a_broken_template_is_noticed(case: str, catalogue: Json, templates: Json) -> None:
    break_it, expected = TEMPLATE_BREAKS[case]
    broken = copy.deepcopy(templates)
    break_it(broken)
    assert any(expected in fault for fault in template_faults(broken, catalogue)), template_faults(broken, catalogue)


def rewrite(files: dict[str, bytes], name: str, old: str, new: str) -> None:
    text = files[name].decode()
    assert old in text
    files[name] = text.replace(old, new, 1).encode()


TEXT_BREAKS: dict[str, tuple[Callable[[Json, dict[str, bytes]], object], str]] = {
    "one blank more": (lambda i, f: f.update({"consent-1.en.md": f["consent-1.en.md"] + b" "}), "hash does not fit"),
    "other line ends": (
        lambda i, f: f.update({"consent-1.en.md": f["consent-1.en.md"].replace(b"\n", b"\r\n")}),
        "line feeds",
    ),
    "padded hash": (lambda i, f: i["texts"][0].update(sha256=i["texts"][0]["sha256"] + "="), "hash does not fit"),
    "a lost file": (lambda i, f: f.pop("notice-1.de.md"), "only one of"),
    "an unlisted file": (lambda i, f: f.update({"notice-2.de.md": b"x\n"}), "only one of"),
    "a language lost": (lambda i, f: i["texts"].pop(), "not in every language"),
    "listed twice": (lambda i, f: i["texts"].append(dict(i["texts"][0])), "listed twice"),
    "a hasty state": (lambda i, f: i["texts"][0].update(state="approved"), "state approved"),
    "a wrong kind": (lambda i, f: i["texts"][0].update(kind="notice"), "id is not kind and version"),
    "a placeholder lost": (lambda i, f: rewrite(f, "consent-1.de.md", "{until}", "bald"), "placeholders"),
    "an unknown placeholder": (lambda i, f: rewrite(f, "consent-1.de.md", "{until}", "{untill}"), "placeholders"),
    "a placeholder twice": (lambda i, f: rewrite(f, "consent-1.de.md", "{until}", "{until} {until}"), "placeholders"),
    "a notice that says consent": (lambda i, f: rewrite(f, "notice-1.en.md", "# Notice", "# Consent"), "call itself"),
    "an Arabic notice that says it": (lambda i, f: rewrite(f, "notice-1.ar.md", "# إشعار", "# موافقة"), "call itself"),
    "a Turkish consent that does not say so": (
        lambda i, f: rewrite(f, "consent-1.tr.md", "# Rıza", "# Bilgi"),
        "does not say",
    ),
    "a German notice that says it": (
        lambda i, f: rewrite(f, "notice-1.de.md", "# Hinweis", "# Hinweis zur Einwilligung"),
        "call itself",
    ),
    "a tracking link": (lambda i, f: rewrite(f, "notice-1.de.md", "# Hinweis", "[x](y)"), "markup"),
}


@pytest.mark.parametrize("case", TEXT_BREAKS)
def test_a_broken_text_is_noticed(case: str) -> None:
    break_it, expected = TEXT_BREAKS[case]
    index, files = load("texts/index.json"), text_files()
    break_it(index, files)
    assert any(expected in fault for fault in texts_faults(index, files)), texts_faults(index, files)


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b'{"a":1.5}', b'{"a":NaN}', b"\xef\xbb\xbf{}", b'{"a":"\xff"}'])
def test_the_reader_is_strict(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data)


def test_an_unknown_schema_keyword_does_not_pass_silently() -> None:
    with pytest.raises(NotImplementedError):
        schema_faults(1, {"maximum": 0}, {})
