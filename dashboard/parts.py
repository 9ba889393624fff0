"""What pages are made of: HTML that can be pressed, cards with charts in them, and the grids of both."""

from collections.abc import Callable
from html import escape
from typing import Any, Final

import param
from panel.viewable import Children

from dashboard.charts.base import Twin, Words
from dashboard.component import Component
from dashboard.web import script


class Part(Component):
    """HTML from our own templates over other components; text that users typed is escaped in it.

    Set `object` to change the words: nothing around them is laid out again. An element with
    `data-press` tells its name to `on_press` when it is clicked, or Enter or Space is struck on it.
    `kind` chooses how it looks (parts.css); `twin` is the data of a chart as a table, shown in its
    place by the button that `head` writes.
    """

    object: str = param.String(default="", doc="The words, as HTML.")  # type: ignore[assignment]
    kind: str = param.String(default="", doc="Classes that say how it looks.")  # type: ignore[assignment]
    twin: str = param.String(default="", doc="The table in place of the chart, as HTML.")  # type: ignore[assignment]
    body: list[Any] = Children(doc="What stands under the words.")  # type: ignore[assignment]

    _bundle = script("part")

    def __init__(self, object: str = "", *, kind: str = "", **params: Any) -> None:
        params.setdefault("sizing_mode", "stretch_width")
        params.setdefault("margin", 0)
        super().__init__(object=object, kind=kind, **params)
        self._press: Callable[[str], None] | None = None

    def on_press(self, callback: Callable[[str], None]) -> "Part":
        """Call this with the name of whatever is pressed."""
        self._press = callback
        return self

    def _handle_msg(self, data: Any) -> None:
        if self._press is not None and isinstance(data, str):
            self._press(data)


def grid(kind: str, *children: Any) -> Part:
    """Components laid out by the rules that pages.css has for `kind`."""
    return Part(kind=f"grid {kind}", body=list(children))


def button(name: str, text: str, *, kind: str = "link", pressed: bool | None = None) -> str:
    """A button that tells its name. `pressed` makes it a switch."""
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return f'<button type="button" class="{kind}" data-press="{escape(name)}"{state}>{escape(text)}</button>'


def segments(name: str, options: dict[str, str], chosen: str, *, label: str) -> str:
    """Buttons side by side, one of them chosen at most; pressing one tells `name:key`."""
    parts = "".join(
        button(f"{name}:{key}", text, kind="segment", pressed=key == chosen) for key, text in options.items()
    )
    return f'<span class="segments" role="group" aria-label="{escape(label)}">{parts}</span>'


def head(text: Words, *tools: str, twin: bool = True) -> str:
    """Title, subtitle and sentence of a card, with its controls at the right."""
    switch = (
        f'<button type="button" class="link" data-twin="{escape(text.title)}" aria-pressed="false" '
        f'aria-label="Table: {escape(text.title)}">Table</button>'
        if twin
        else ""
    )
    sentence = f'<p class="summary">{escape(text.summary)}</p>' if text.summary else ""
    return (
        f'<div class="head"><h2>{escape(text.title)}</h2>'
        f'<div class="tools">{switch}{"".join(tools)}</div></div>'
        f'<p class="sub">{escape(text.subtitle)}</p>{sentence}'
    )


def table(twin: Twin, *, label: str = "Data as a table") -> str:
    """The data of a chart as a table that keeps its first column in sight; `label` is its name."""
    said = escape(label)
    return (
        f'<div class="scroll tall" tabindex="0" role="region" aria-label="{said}">'
        f"{_cells(twin, label)}{_note(twin)}</div>"
    )


def plain_table(twin: Twin, *, label: str) -> str:
    """The same as a part of a card, as high as its rows."""
    return f'<div class="scroll">{_cells(twin, label)}</div>{_note(twin)}'


def _cells(twin: Twin, label: str) -> str:
    """The rows under their header, each named by its first cell."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in twin.header)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in twin.rows
    )
    return (
        f'<table class="dense" aria-label="{escape(label)}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _note(twin: Twin) -> str:
    return f'<p class="sub">{escape(twin.note)}</p>' if twin.note else ""


def dialog(name: str, title: str, content: str) -> str:
    """A dialog that an element with `data-open` of this name opens; `content` is HTML."""
    shut = f'<button type="button" class="shut" data-shut aria-label="Close">{_CROSS}</button>'
    return (
        f'<dialog id="{name}" aria-label="{escape(title)}">{shut}<h2>{escape(title)}</h2>{content}</dialog>'
    )


def opener(name: str, text: str, *, short: str = "Why?") -> str:
    """The link that opens a dialog; `short` is what a narrow tile shows of it."""
    return (
        f'<button type="button" class="link" data-open="{name}" data-short="{escape(short)}">'
        f"{escape(text)}</button>"
    )


_CROSS: Final = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 3.5l9 9M12.5 3.5l-9 9"/></svg>'
TRIANGLE: Final = (
    '<svg class="sign" viewBox="0 0 16 16" aria-hidden="true">'
    '<path d="M8 2.2 14.6 13.6H1.4Z M8 6.4v3.4 M8 11.7v.1"/></svg>'
)
NO_DATA: Final = '<span class="tag nd"><i class="square nd"></i>No data</span>'
