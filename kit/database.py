"""The one interface to a database: a function of a transaction goes in, its value comes out after a durable commit.

    result = await db.write(lambda tx: service.open(tx, ...))

Rules for the function ("work"), the same on both backends:

* it touches nothing but the `Tx`: it may be run again after a deadlock or when a neighbour in its batch failed;
* it is short and never waits for the network: on SQLite all works of a process run one after the other;
* a `Problem` with `record_kept` commits what was done and then reaches the caller; every other exception undoes the
  work alone;
* "insert or find" is written with ON CONFLICT, not with a caught exception, because PostgreSQL ends a transaction at
  the first error.

There is no other way to commit, so nothing can leave before its log entry is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from kit.errors import problem

T = TypeVar("T")
Value = bytes | int | str | None
Row = tuple[Any, ...]

UNCERTAIN = problem(
    "uncertain",
    503,
    "The connection to the database broke while the change was being stored; it may or may not have been.",
    "Send the same request again: repeating it has the effect of sending it once.",
    "same-request",
    headers={"Retry-After": "2"},
)


class ConstraintViolated(Exception):
    """A key, uniqueness, foreign-key or check constraint refused the statement; the same error on both backends."""


class Asked(Protocol):
    """The answer to a statement that may still be on its way."""

    def one(self) -> Row | None:
        """The first row, or None."""
        ...


class Tx(Protocol):
    """What a work may do. Parameters are bytes, int, str or None, named as in the text: `tx.run("… :id", id=x)`."""

    def run(self, sql: str, /, **params: Value) -> int:
        """Executes and returns the number of rows changed."""
        ...

    def later(self, sql: str, /, **params: Value) -> None:
        """Executes in its order, before anything that is asked after it and before the commit; nobody learns how many
        rows it changed, and what it violates may be raised by a later call or the commit."""
        ...

    def soon(self, sql: str, /, **params: Value) -> Asked:
        """Executes in its order, like `later`; what it gave is waited for when it is asked for."""
        ...

    def run_many(self, sql: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Executes once for each row of parameters."""
        ...

    def one(self, sql: str, /, **params: Value) -> Row | None:
        """The first row, or None."""
        ...

    def all(self, sql: str, /, **params: Value) -> list[Row]:
        """Every row."""
        ...

    def after_commit(self, fn: Callable[[], None]) -> None:
        """Runs `fn` once the change is durable, never if it is undone. It must be quick; its errors are only logged."""
        ...


Work = Callable[[Tx], T]


class Database(Protocol):
    """Either backend; chosen once in `app`."""

    async def read(self, work: Work[T]) -> T:
        """Runs the work on one consistent snapshot; it cannot change anything."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Runs the work in a transaction; returns only after the commit is durable."""
        ...

    def read_now(self, work: Work[T]) -> T:
        """`read` for commands and the background runner, which have no event loop."""
        ...

    def write_now(self, work: Work[T]) -> T:
        """`write` for commands and the background runner."""
        ...

    def scrub_now(self) -> None:
        """Makes what was deleted unreadable in the files too, as far as the backend can (D17)."""
        ...

    def close(self) -> None:
        """Waits for works in flight and closes every connection."""
        ...
