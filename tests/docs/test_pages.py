"""The pages hold together: links lead somewhere, commands exist, nothing names the place where they were written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from mappe.cli import agency, holder, operator

from tests.support.server import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
QUOTED = re.compile(r"(?<![\w/-])mappe(-agency|-operator)?((?: [a-z][a-z-]*){1,2})((?: [^`\n|]*)?)")
OPTION = re.compile(r"(?<!\S)(--[a-z][a-z-]*)")
APPS = {"": holder.app, "-agency": agency.app, "-operator": operator.app}
# Read as parts, so that this file does not name them: home folders of build machines, private package mirrors,
# workplace tools.
DENIED = [
    "/" + "root/",
    "/" + "home/",
    "/" + "Users/",
    "/" + "work/",
    "art" + "ifactory",
    "ne" + "xus.",
    "pypi" + "-mirror",
    "index" + "-url",
    "npm" + "-registry",
    "cla" + "ude",
    "Cla" + "ude",
    "anth" + "ropic",
    "Anth" + "ropic",
    "//" + "jira",
    "sl" + "ack.com",
]
ALLOWED = {  # path → what it may say, and why
    "Dockerfile": {"/" + "home/"},  # the service's own user in the image
    "tests/app/test_settings.py": {"/" + "home/"},  # a folder of nobody's, in a setting that is refused
}
TEXT = {
    ".md",
    ".py",
    ".ts",
    ".tsx",
    ".json",
    ".toml",
    ".lock",
    ".sh",
    ".txt",
    ".ini",
    ".html",
    ".css",
    ".go",
    ".yml",
    "",
}


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file())


def pages() -> Iterator[Path]:
    for path in tracked():
        if path.suffix == ".md":
            yield path


def anchors(path: Path) -> set[str]:
    """As GitHub makes them from headings."""
    titles = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_internal_link_leads_somewhere() -> None:
    wrong = []
    for page in pages():
        for target in LINK.findall(page.read_text("utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            found = (page.parent / name).resolve() if name else page
            if not found.exists() or (anchor and anchor not in anchors(found)):
                wrong.append(f"{page.relative_to(ROOT)}: {target}")
    assert wrong == []


def quoted() -> Iterator[tuple[str, str, list[str], str]]:
    for page in pages():
        if "adr" in page.parts or not (page.parent == ROOT or "docs" in page.parts or "clients" in page.parts):
            continue
        text = page.read_text("utf-8").replace("\\\n", " ")
        spans = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^\s*(mappe.*)$", text, re.MULTILINE)
        for span in spans:
            for which, words, rest in QUOTED.findall(span):
                yield str(page.relative_to(ROOT)), which, words.split(), rest


def command(which: str, words: list[str]) -> Any:
    """The command that these words name; None if they name none."""
    found: Any = typer.main.get_command(APPS[which])
    for word in words:
        if not hasattr(found, "commands"):
            return found  # the next word is an argument
        found = found.commands.get(word)
        if found is None:
            return None
    return found


def test_every_quoted_command_and_option_exists() -> None:
    wrong, count = [], 0
    for page, which, words, rest in quoted():
        count += 1
        found = command(which, words)
        if found is None:
            wrong.append(f"{page}: mappe{which} {' '.join(words)}")
            continue
        known = {option for one in found.params for option in (*one.opts, *one.secondary_opts)}
        wrong += [f"{page}: {words} {option}" for option in OPTION.findall(rest) if option not in known | {"--help"}]
    assert count > 40
    assert wrong == []


@pytest.mark.parametrize("which", sorted(APPS))
def test_every_command_explains_itself(which: str) -> None:
    found = typer.main.get_command(APPS[which])
    assert hasattr(found, "commands")
    assert [name for name, one in found.commands.items() if not (one.help or getattr(one, "commands", None))] == []


def test_no_tracked_file_names_a_machine_or_a_workplace() -> None:
    wrong = []
    for path in tracked():
        if path.suffix not in TEXT:
            continue
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text("utf-8", errors="replace")
        for denied in DENIED:
            if denied in text and denied not in ALLOWED.get(name, set()):
                line = next(line for line in text.splitlines() if denied in line)
                wrong.append(f"{name}: {denied}: {line.strip()[:100]}")
    assert wrong == []
