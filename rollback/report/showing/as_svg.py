"""The picture as SVG: by itself in a file, or inside the page; light and dark, and told to those who don't see it."""

from functools import lru_cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from rollback.report.model import Report
from rollback.report.showing.picture import WIDE, picture
from rollback.report.showing.shapes import Bar, Layout, Mark, Rule, Text

HATCHED = frozenset({"votes", "answers", "blocked", "hold", "failed", "unknown"})
"""Waiting is hatched, so that it can be told from work without colours."""


def svg(report: Report, layout: Layout = WIDE) -> Markup:
    """The picture of a report, escaped; nothing in it is fetched."""
    drawn = picture(report, layout)
    names = {Bar: "bar", Mark: "mark", Rule: "rule", Text: "text"}
    shapes = [(names[type(shape)], shape) for shape in drawn.shapes]
    return Markup(template("picture.svg.j2").render(it=drawn, shapes=shapes, hatched=HATCHED))  # noqa: S704 - escaped by the template


def template(name: str) -> Template:
    """One of the templates of this room; everything that is put into it is escaped."""
    return _environment().get_template(name)


def source(name: str) -> str:
    """A file of the folder of templates, as it is."""
    return (resources.files("rollback.report.showing") / "templates" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
