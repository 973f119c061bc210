"""HTML of the course, filled in from templates: what is put in is escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup


def render(template: Path, **values: object) -> Markup:
    """Fill in a template.

    Parameters
    ----------
    template : pathlib.Path
        A file in the language of jinja2.
    **values : object
        What to fill in. It is escaped, unless it is ``Markup`` already, as what this function returns is.

    Returns
    -------
    markupsafe.Markup
        A string of HTML.
    """
    from markupsafe import Markup

    return Markup(_environment(template.parent).get_template(template.name).render(values))


@cache
def _environment(folder: Path) -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
