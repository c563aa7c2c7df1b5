"""A person with a keyboard and a screen reader: everything is found by its role and name and reached by Tab and arrows.

Each step looks whether the focus can be seen: an outline around it, inside the window, not under a bar that stays in
place (WCAG 2.2: 2.4.7, 2.4.11), and whether what has it has a name. No mouse: a pointer's event is a complaint.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any, Literal

from playwright.sync_api import FileChooser, Locator, expect

from tests.browser.app.conftest import Phone
from tests.browser.app.tour import text_of
from tests.browser.conftest import PATIENCE

MOST_STEPS = 90  # presses until something must have been reached: the longest screen here has about 60 controls
Name = str | re.Pattern[str]

# What has the focus, and how much of it a person can see; null: nothing has it.
LOOK = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body || at === document.documentElement) return null;
  const drawn = (one) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/, 0\\)$|transparent/.test(outlineColor);
  };
  // a box or a dot inside its label: the label is drawn around
  const around = [at, at.closest('label')].find((one) => one !== null && drawn(one));
  const whole = around ?? at;
  const box = whole.getBoundingClientRect();
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const grid = [1, 3, 5, 7, 9].map((n) => n / 10);
  const points = grid.flatMap((x) => grid.map((y) => [left + (right - left) * x, top + (bottom - top) * y]));
  // what is hit is the thing itself, something inside it, or (between its lines) something around it; a bar is neither
  const seen = points.filter(([x, y]) => {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (whole.contains(hit) || hit.contains(whole));
  });
  return {
    what: `${at.tagName.toLowerCase()} ${(at.getAttribute('aria-label') ?? at.innerText ?? '').trim().slice(0, 50)}`,
    place: at.id === 'main',
    outlined: around !== undefined,
    inside: right > left && bottom > top,
    share: seen.length / points.length,
    box: [box.left, box.top, box.right, box.bottom].map(Math.round),
  };
}"""

# Where somebody begins to read a new screen: its heading, or the first thing that can be done there.
BEGINS = """() => {
  const at = document.activeElement;
  const first = [...document.querySelectorAll('main :is(a[href], button, input, select, textarea, summary)')]
    .find((one) => one.offsetParent !== null && !one.disabled);
  return at !== null && (at.tagName === 'H1' || at === first);
}"""
SEEN = 0.5  # of the area of what has the focus; the rest may be cut off by the window's edge


def watched(phone: Phone) -> Phone:
    """From now on every pointer's event is a complaint; the page is loaded anew for it."""

    def touched(kind: str) -> None:
        phone.complaints.append(f"not by keyboard: {kind}")

    phone.context.expose_function("mappeTouched", touched)
    phone.context.add_init_script(
        "for (const kind of ['pointerdown', 'mousedown', 'touchstart'])"
        " addEventListener(kind, () => window.mappeTouched(kind), true);"
    )
    # once and early: the browser is told only at the first listener that files come from here
    phone.page.on("filechooser", lambda _: None)
    phone.page.reload()
    return phone


@dataclass
class Keyboard:
    """The hands of somebody at one phone. `say(key)` is a text of the screen in that person's language."""

    phone: Phone
    language: str = "en"
    steps: int = 0
    presses: int = 0
    held: bool = False

    def say(self, key: str, **fill: object) -> str:
        text = text_of(self.language, key)
        for name, value in fill.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def find(self, role: Any, name: Name, within: Locator | None = None) -> Locator:
        place = self.phone.page if within is None else within
        found = place.get_by_role(role, name=name, exact=isinstance(name, str))
        expect(found).to_have_count(1)
        return found

    # -- going

    def key(self, key: str) -> None:
        self.presses += 1
        self.phone.page.keyboard.press(key)

    def step(self, back: bool = False) -> dict[str, Any] | None:
        """One Tab; what is there, looked at. None: behind the last and before the first there is nothing."""
        page = self.phone.page
        assert not self.held or page.evaluate(LOOK) is not None, f"the focus got lost on {page.url}"
        self.steps += 1
        self.key("Shift+Tab" if back else "Tab")
        here: dict[str, Any] | None = page.evaluate(LOOK)
        self.held = here is not None
        if here is None:
            return None
        if not here["inside"] or here["share"] < SEEN:  # a page that is scrolled is drawn at the next frame
            page.wait_for_timeout(100)
            here = page.evaluate(LOOK)
            assert here is not None
        if not here["place"]:  # "skip to the content" goes to where the content is, which is no control
            assert here["outlined"], f"the focus is not to be seen: {here}"
            named = page.locator("*:focus").aria_snapshot()
            assert re.search(r'"[^"]+"|: \S', named), f"this has no name: {here} {named}"
        assert here["inside"] and here["share"] >= SEEN, f"the focus is out of sight: {here}"
        return here

    def reach(self, role: Any, name: Name, *, within: Locator | None = None, back: bool = False) -> Locator:
        """Tab until it has the focus."""
        return self.reach_this(self.find(role, name, within), f"{role} {name!r}", back)

    def reach_this(self, target: Locator, what: str, back: bool = False) -> Locator:
        return self._until(lambda: has_focus(target), target, what, back)

    def _until(self, there: Any, target: Locator, what: str, back: bool = False) -> Locator:
        passed = []
        for _ in range(MOST_STEPS):
            if there():
                return target
            here = self.step(back)
            passed.append(None if here is None else here["what"])
            assert passed[-3:] != [None, None, None], f"the focus is nowhere, looking for {what}"
        raise AssertionError(f"{what} was not reached: {passed}")

    # -- doing

    def press(self, role: Any, name: Name, key: str = "Enter", **where: Any) -> None:
        self.reach(role, name, **where)
        self.key(key)
        self.somewhere()

    def press_this(self, target: Locator, what: str, key: str = "Enter") -> None:
        self.reach_this(target, what)
        self.key(key)
        self.somewhere()

    def button(self, key: str, **where: Any) -> None:
        self.press("button", self.say(key), **where)

    def tick(self, name: Name, **where: Any) -> None:
        box = self.reach("checkbox", name, **where)
        self.key("Space")
        expect(box).to_be_checked()
        self.somewhere()

    def choose(self, group: Name, option: Name) -> None:
        """One Tab stop for all of them; the arrows go from one to the next."""
        whole = self.find("group", group)
        target = self.find("radio", option, whole)
        # the mark is tied to its group by the name of the boxes: exactly one of them is a Tab stop
        inside = whole.get_by_role("radio")
        self._until(lambda: has_focus(inside), inside, f"group {group!r}")
        for _ in range(inside.count()):
            if has_focus(target):
                break
            self.key("ArrowDown")
        assert has_focus(target), f"{option!r} was not reached by the arrow keys"
        if not target.is_checked():
            self.key("Space")
        expect(target).to_be_checked()

    def write(self, name: Name, text: str, role: Any = "textbox", **where: Any) -> Locator:
        box = self.reach(role, name, **where)
        self.phone.page.keyboard.type(text)
        return box

    def select(self, name: Name, option: str) -> None:
        """In the browser's own list one types the beginning of the word."""
        box = self.reach("combobox", name)
        self.phone.page.keyboard.type(option)
        expect(box.locator("option:checked")).to_have_text(option)

    def file(self, role: Any, name: Name) -> FileChooser:
        self.reach(role, name)
        with self.phone.page.expect_file_chooser() as chooser:
            self.key("Enter")
        return chooser.value

    # -- looking

    def somewhere(self) -> None:
        """What was pressed may go away; the focus does not fall out of the page with it."""
        self._wait("() => ![null, document.body].includes(document.activeElement)", "the focus is lost")
        self.held = True

    def _wait(self, true: str, otherwise: str) -> None:
        page, until = self.phone.page, time.monotonic() + PATIENCE / 1000
        while not page.evaluate(true):
            assert time.monotonic() < until, f"{otherwise} on {page.url}: {page.evaluate(LOOK)}"
            page.wait_for_timeout(50)

    def arrived(self, title: Name) -> None:
        """On a new screen: reading begins at its heading."""
        heading = self.phone.page.get_by_role("heading", level=1, name=title, exact=isinstance(title, str))
        expect(heading).to_be_visible()
        self._wait(BEGINS, f"{title!r}: the focus is not where reading begins")
        self.held = True

    def at(self, key: str, **fill: object) -> None:
        self.arrived(self.say(key, **fill))

    def around(self) -> int:
        """Once through everything and out again at the end: nothing on this screen keeps the focus. How many stops."""
        seen: list[str] = []
        for _ in range(MOST_STEPS):
            here = self.step()
            if here is None:
                if seen:
                    return len(seen)
                continue
            place = f"{here['what']} {here['box'][0]}"
            if seen and place == seen[0]:
                return len(seen)
            seen.append(place)
        raise AssertionError(f"no way out: {seen}")

    def dialog(self, opener: Literal["button", "link"], name: Name) -> None:
        """It keeps the focus, begins with something harmless, Escape closes it, and the focus is where it was."""
        page = self.phone.page
        target = self.reach(opener, name)
        self.key("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        self.somewhere()
        outside = "() => [null, document.body].includes(document.activeElement)"  # the browser's own bars come next
        within = "() => document.querySelector('dialog[open]').contains(document.activeElement)"
        assert page.evaluate(within), "the dialog did not take the focus"
        for back in (False, True):
            for _ in range(6):
                self.step(back)
                assert page.evaluate(within) or page.evaluate(outside), "the dialog let the focus out"
        self.key("Escape")
        expect(dialog).to_have_count(0)
        self.somewhere()
        assert has_focus(target), f"the focus did not come back to {name!r}: {page.evaluate(LOOK)}"


def has_focus(target: Locator) -> bool:
    return bool(target.evaluate_all("all => all.includes(document.activeElement)"))
