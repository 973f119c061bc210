"""What was found in the pictures, with a button to leave out those that a finding names (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets

from ..markup import render
from ..report import Finding, Report, some
from .controls import button

MOST = 40  # findings with a button; the others follow in a table
TEMPLATE = Path(__file__).with_name("finding.html.j2")


class Findings(widgets.VBox):
    """Lists findings, the gravest first (notebook 07).

    Parameters
    ----------
    leave_out : callable
        Is given the pictures that shall be left out.
    """

    def __init__(self, leave_out: Callable[[list[Path]], None]) -> None:
        super().__init__()
        self._leave_out, self._made = leave_out, list[widgets.Widget]()
        self.children = list[widgets.Widget]()
        self.add_class("trainer-findings")

    def show(self, report: Report | None) -> None:
        """Show a report in place of the one before, or nothing (notebook 07)."""
        old, self._made = self._made, []
        self.children = [] if report is None else self._rows(report)
        for widget in old:
            widget.close()

    def _rows(self, report: Report) -> list[widgets.Widget]:
        words = f"What was found: {len(report)}" if report else "Nothing was found."
        rows = [self._made_of(f"<strong>{words}</strong>"), *map(self._row, report[:MOST])]
        if report[MOST:]:
            rows.append(self._made_of(Report(report[MOST:])._repr_html_()))
        return rows

    def _made_of(self, html: str) -> widgets.HTML:
        self._made.append(made := widgets.HTML(html))
        return made

    def _row(self, finding: Finding) -> widgets.Widget:
        words = self._made_of(render(TEMPLATE, finding=finding, files=some(finding.files)))
        words.layout.flex = "1 1 300px"
        paths, children = list(finding.paths), [words]
        if paths:
            all_of_them = len(paths) == len(finding.files)
            leave = button("Leave these out" if all_of_them else "Keep the first only", lambda: self._leave_out(paths))
            leave.tooltip = ", ".join(path.name for path in paths[:20])
            self._made.append(leave)
            children.append(leave)
        self._made.append(box := widgets.HBox(children, layout={"flex_flow": "row wrap"}))
        return box
