"""The few shapes that the picture is made of, and how much room it has."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Layout:
    """How much room there is.

    Attributes:
        name: Stands before every id, so that two pictures fit into one page.
        width: Of the whole, in pixels.
        labels: Of the labels beside the lanes; 0: they stand above.
        row: Height of a lane.
        most_marks: Marks along the axis at most.
        bar: Height of a bar.
        margin: Left free on each side.
    """

    name: str
    width: int
    labels: int
    row: int
    most_marks: int
    bar: int = 12
    margin: int = 12

    @property
    def left(self) -> int:
        """Where lanes begin."""
        return self.margin + self.labels


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar; `kind` chooses its fill, `hint` is what a pointer is told."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    hint: str = ""

    def moved(self, down: float) -> "Bar":
        """The same, further down."""
        return replace(self, y=round(self.y + down, 1))


@dataclass(frozen=True, slots=True)
class Mark:
    """A vote; `y` is its middle."""

    x: float
    y: float
    kind: str
    hint: str = ""

    def moved(self, down: float) -> "Mark":
        """The same, further down."""
        return replace(self, y=round(self.y + down, 1))


@dataclass(frozen=True, slots=True)
class Text:
    """Words; `kind` chooses their size and weight, `anchor` which end of them stands at `x`."""

    x: float
    y: float
    text: str
    kind: str
    anchor: str = "start"
    hint: str = ""

    def moved(self, down: float) -> "Text":
        """The same, further down."""
        return replace(self, y=round(self.y + down, 1))


@dataclass(frozen=True, slots=True)
class Rule:
    """A line."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str

    def moved(self, down: float) -> "Rule":
        """The same, further down."""
        return replace(self, y1=round(self.y1 + down, 1), y2=round(self.y2 + down, 1))


Shape = Bar | Mark | Text | Rule


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        name: Of its layout.
        width, height: In pixels.
        title: What it is called, for those who don't see it.
        told: What it shows, for them.
        shapes: From back to front.
    """

    name: str
    width: int
    height: int
    title: str
    told: str
    shapes: tuple[Shape, ...]
