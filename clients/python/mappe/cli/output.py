"""What every command has in common: results, errors, exit codes, progress.

Results go to standard output, everything else to standard error. With `--json` a command prints exactly one JSON value;
an error is one JSON object on standard error. Exit codes are stable:

0 done · 1 unexpected · 2 the command cannot be carried out as given · 3 refused by the server ·
4 a verification failed, or the server lied · 5 the server does not answer
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from ..errors import MappeError, ServerLied, ServerProblem, Unreachable
from ..formats.errors import FormatError

# What a terminal would obey instead of showing: C0 and C1 controls, and marks that turn the direction of what follows.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_UNSAFE_JSON = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_JSON = "mappe.json"
_EXTRA = ("tries_left", "detail", "number", "offset")


def _remember(ctx: typer.Context, value: bool) -> bool:
    ctx.meta[_JSON] = value
    return value


JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON value instead of text.", callback=_remember, is_eager=True),
]
Advance = Callable[[int], None]
# context_settings of every command whose argument is an id: one in 64 begins with a hyphen and is no option
TAKES_ID = {"ignore_unknown_options": True}


class ExitCode(IntEnum):
    """Part of the interface: scripts rely on them."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    NOT_AUTHENTIC = 4
    UNREACHABLE = 5


def exit_code(error: Exception) -> ExitCode:
    """The exit code of an error of ours."""
    match error:
        case ServerProblem():
            return ExitCode.REFUSED
        case ServerLied() | FormatError():
            return ExitCode.NOT_AUTHENTIC
        case Unreachable():
            return ExitCode.UNREACHABLE
        case MappeError():
            # what the server sent could not even be read: not the caller's fault
            return ExitCode.NOT_AUTHENTIC if error.code in ("bad-answer", "no-range") else ExitCode.USAGE
        case FileNotFoundError() | FileExistsError() | PermissionError() | IsADirectoryError() | NotADirectoryError():
            return ExitCode.USAGE
        case _:
            return ExitCode.UNEXPECTED


def safe(text: object) -> str:
    """Text of others, for a terminal: nothing in it is obeyed."""
    return _UNSAFE.sub("\ufffd", str(text))


def day(time: int) -> str:
    """A time as people on both ends of a phone read it, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")


class Out:
    """Where one command's result goes."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json

    def result(self, value: object, *lines: str) -> None:
        """The JSON value, or these lines."""
        if self.as_json:
            text = json.dumps(value, ensure_ascii=False, indent=2)
            typer.echo(_UNSAFE_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
        else:
            for line in lines:
                typer.echo(safe(line))

    def table(self, value: object, columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str = "") -> None:
        """The JSON value, or a table: drawn for a person, tab-separated for a pipe."""
        if self.as_json:
            self.result(value)
            return
        cells = [[safe(cell) for cell in row] for row in rows]
        if not cells and empty:
            typer.echo(empty)
        elif sys.stdout.isatty():
            table = Table(*columns)
            for row in cells:
                table.add_row(*(Text(cell) for cell in row))
            Console().print(table)
        else:
            for line in [columns, *cells]:
                typer.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line))

    def note(self, text: str) -> None:
        """Something for the person in between; never part of the result, nothing with --json."""
        if not self.as_json:
            typer.echo(safe(text), err=True)

    def ask(self, question: str, *, yes: bool = False) -> None:
        """Goes on only after a "y"; `yes` is the answer given on the command line."""
        if yes:
            return
        if self.as_json or not sys.stdin.isatty():
            raise MappeError("not-confirmed", question, "Look at it, then add --yes.")
        if not typer.confirm(safe(question), err=True):
            raise MappeError("not-confirmed", "Nothing was done.", "Run the command again when it fits.")

    def prompt(self, question: str, code: str, option: str) -> str:
        """Something typed that is no secret; MappeError `code` without a terminal, naming the `option` for it."""
        if self.as_json or not sys.stdin.isatty():
            raise MappeError(code, f"{question}: there is no terminal to ask at.", f"Give it by {option}.")
        typed: str = typer.prompt(safe(question), err=True)
        return typed

    @contextmanager
    def transfer(self, label: str, total: int, done: int = 0) -> Iterator[Advance]:
        """A progress bar for bytes; yields what to call with each number of bytes. None without a terminal."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda count: None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(escape(safe(label)), total=total, completed=done)
            yield lambda count: progress.advance(task, count)


class Commands(TyperGroup):
    """The root group of each command line: turns errors into text, JSON and exit codes.

    Used as `typer.Typer(cls=Commands, pretty_exceptions_enable=False, no_args_is_help=True)`: a pretty traceback would
    print the variables, and with them keys and values.
    """

    def invoke(self, ctx: Any) -> Any:
        """Typer calls this; nothing of ours escapes as a traceback."""
        try:
            return super().invoke(ctx)
        except (MappeError, FormatError, OSError) as error:
            report(error, as_json=bool(ctx.meta.get(_JSON)))
            raise typer.Exit(exit_code(error)) from None


def report(error: Exception, *, as_json: bool) -> None:
    """One error on standard error: code, sentence, next step."""
    code, sentence, next_step = describe(error)
    if as_json:
        body: dict[str, object] = {"code": code, "sentence": sentence, "next": next_step}
        if isinstance(error, ServerProblem):
            body |= {"status": error.status, "retry": error.retry}
            body |= {name: value for name, value in error.extra.items() if name in _EXTRA}
        typer.echo(json.dumps({"error": body}), err=True)
        return
    typer.echo(f"{safe(sentence)} [{safe(code)}]", err=True)
    if isinstance(error, ServerProblem) and "tries_left" in error.extra:
        typer.echo(f"Tries left: {safe(error.extra['tries_left'])}", err=True)
    if next_step:
        typer.echo(f"Next: {safe(next_step)}", err=True)


def describe(error: Exception) -> tuple[str, str, str]:
    """Code, sentence, next step."""
    match error:
        case MappeError():
            return error.code, str(error), error.next_step
        case FormatError():
            return error.code, f"What was read is not what it should be: {error}.", "Do not use it; ask for it anew."
        case OSError():
            name = f" ({error.filename})" if error.filename else ""
            return "file", f"{error.strerror or type(error).__name__}{name}.", "Check the path and its permissions."
        case _:
            return "unexpected", type(error).__name__, ""
