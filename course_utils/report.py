"""What was found in a set of pictures, in words and as a table (notebook 07)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from .markup import render


class Finding(NamedTuple):
    """One thing that was found (notebook 07).

    ``severity`` is ``"error"`` (pictures are left out, or training is spoilt), ``"warning"`` (training may
    suffer) or ``"note"`` (good to know). ``files`` names the files concerned, and ``remedy`` says what to do. ``paths``
    are the pictures among them that can be left out to mend it: all, or all but the one that is worth keeping.
    """

    severity: str
    problem: str
    files: tuple[str, ...]
    remedy: str
    paths: tuple[Path, ...] = ()


class Report(tuple[Finding, ...]):
    """Findings, the gravest first. A notebook shows them as a table, ``print`` as lines (notebook 07).

    Examples
    --------
    >>> print(Report([Finding("error", "cut short", ("a.jpg",), "Copy the file again.")]))
    [ERROR] cut short: a.jpg. Copy the file again.
    >>> print(Report())
    Nothing was found.
    """

    def __new__(cls, findings: Iterable[Finding] = ()) -> Self:
        order = {"error": 0, "warning": 1, "note": 2}
        return super().__new__(cls, sorted(findings, key=lambda finding: order[finding.severity]))

    # a tuple can be added to one of anything, a report to findings only
    def __add__(self, other: tuple[Finding, ...]) -> Report:  # type: ignore[override]
        return Report((*self, *other))

    def __str__(self) -> str:
        lines = [
            f"[{finding.severity.upper()}] {finding.problem}" + (f": {some(finding.files)}" if finding.files else "")
            + f". {finding.remedy}"
            for finding in self
        ]  # fmt: skip
        return "\n".join(lines) or "Nothing was found."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(finding.severity, finding.problem, some(finding.files), finding.remedy) for finding in self]
        return render(Path(__file__).with_name("report.html.j2"), report=self, rows=rows)


def some(files: tuple[str, ...], most: int = 5) -> str:
    """Name some files, and say how many more there are (notebook 07)."""
    more = f" and {len(files) - most} more" if len(files) > most else ""
    return ", ".join(files[:most]) + more
