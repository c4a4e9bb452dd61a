"""What is wrong with an input, where, and what would be right.

Everything that a user can get wrong ends here: a `Problem` names file, line, field, value and remedy, and an `InputError` carries all the
problems found at once, so that nobody repairs a file one error at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input. `line` counts from 1; None where no line can be named."""

    file: str
    line: int | None
    field: str
    message: str
    remedy: str
    value: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f"{self.field}: " if self.field else ""
        got = "" if self.value is None else f" (got {self.value!r})"
        return f"{place}: {subject}{self.message}{got}; {self.remedy}"


class InputError(Exception):
    """Input that cannot be used, with every problem that was found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, file: str | Path, message: str, remedy: str, *, line: int | None = None, field: str = "") -> InputError:
        """An error with a single problem."""
        return cls([Problem(str(file), line, field, message, remedy)])
