"""Colour, once: the tokens of both themes as dicts for charts, CSS variables and a MUI theme.

Text tokens keep a contrast of at least 4.5 on the page, card and chip grounds in both themes. Each
series has a line colour and a darker (or lighter) one for its label, because a line only needs 3.
"""

from typing import Any, Final, Literal, NamedTuple

Mode = Literal["light", "dark"]

TOKENS: Final[dict[str, dict[str, str]]] = {
    "light": {
        "bg": "#F4F5F7",
        "sf": "#FFFFFF",
        "sf2": "#F1F3F6",
        "sf3": "#E7EAEF",
        "bd": "#DDE1E7",
        "bd2": "#C2C9D3",
        "grid": "#E9ECF1",
        "t1": "#11151C",
        "t2": "#434C59",
        "t3": "#5F6977",
        "acc": "#005A8F",
        "accbg": "#E4F0F8",
        "on_acc": "#FFFFFF",
        "fired": "#A84300",
        "firedbg": "#FCEEE3",
        "crit": "#B3261E",
        "critbg": "#FCEBEA",
        "warn": "#7A5200",
        "warnbg": "#FFF4D9",
        "ok": "#00855F",
        "nd": "#5B6472",
        "scrim": "rgba(17,21,28,.32)",
        "shade": "rgba(0, 114, 178, 0.11)",
        "event": "rgba(17, 21, 28, 0.07)",
    },
    "dark": {
        "bg": "#0C0F14",
        "sf": "#141820",
        "sf2": "#1B212A",
        "sf3": "#252C37",
        "bd": "#28303B",
        "bd2": "#3D4756",
        "grid": "#212832",
        "t1": "#EBEEF3",
        "t2": "#B6BECA",
        "t3": "#8F99A8",
        "acc": "#7CC3F0",
        "accbg": "#10283A",
        "on_acc": "#0C0F14",
        "fired": "#FF9C5B",
        "firedbg": "#321D0F",
        "crit": "#FF8F86",
        "critbg": "#381715",
        "warn": "#F0C25A",
        "warnbg": "#31270E",
        "ok": "#2FBF93",
        "nd": "#9AA4B2",
        "scrim": "rgba(0,0,0,.55)",
        "shade": "rgba(86, 180, 233, 0.13)",
        "event": "rgba(235, 238, 243, 0.08)",
    },
}


class Series(NamedTuple):
    """How one series is drawn: line and label colour, ribbon opacity, dashes and width in pixels."""

    line: str
    label: str
    ribbon: float
    dash: tuple[int, ...] = ()
    width: float = 1.7


SERIES: Final[dict[str, dict[str, Series]]] = {
    "light": {
        "unhedged": Series("#D55E00", "#A84300", 0.16, (7, 4)),
        "hedged": Series("#0072B2", "#005F96", 0.16, width=2.2),
        "benchmark": Series("#595959", "#595959", 0.16),
        "always": Series("#009E73", "#00724F", 0.16, (8, 3, 2, 3)),
        "sell": Series("#CC79A7", "#9C4A7B", 0.16, (2, 3)),
        "level": Series("#D55E00", "#A84300", 0.16, (4, 3), 1.2),
        "reference": Series("#595959", "#595959", 0.09, (2, 3), 1.5),
        "limit": Series("#5F6977", "#5F6977", 0.16, (5, 4), 1.0),
        "middle": Series("#5F6977", "#5F6977", 0.09, width=0.8),
    },
    "dark": {
        "unhedged": Series("#F0803C", "#FF9C5B", 0.20, (7, 4)),
        "hedged": Series("#56B4E9", "#7CC3F0", 0.20, width=2.2),
        "benchmark": Series("#A3ABB7", "#A9B1BD", 0.20),
        "always": Series("#2FBF93", "#45CFA4", 0.20, (8, 3, 2, 3)),
        "sell": Series("#DF9AC1", "#E7AACD", 0.20, (2, 3)),
        "level": Series("#F0803C", "#FF9C5B", 0.20, (4, 3), 1.2),
        "reference": Series("#A3ABB7", "#A9B1BD", 0.12, (2, 3), 1.5),
        "limit": Series("#8F99A8", "#8F99A8", 0.20, (5, 4), 1.0),
        "middle": Series("#8F99A8", "#8F99A8", 0.12, width=0.8),
    },
}
"""Per theme: unhedged is orange and also means worse; hedged (and beta) is blue and also means better.

`always` is the book that is always hedged, `sell` the one that sells to the same beta, `level` a trigger's.
`reference` is what something is compared with, `limit` a level that is chosen, `middle` a mean with its band.
"""

FONT: Final = "Inter, system-ui, sans-serif"


def mode(dark: bool) -> Mode:
    """The name of the theme."""
    return "dark" if dark else "light"


def tokens(dark: bool) -> dict[str, str]:
    """The colours of one theme by token name."""
    return TOKENS[mode(dark)]


def series(dark: bool) -> dict[str, Series]:
    """The drawing style of every series in one theme."""
    return SERIES[mode(dark)]


def css_variables(dark: bool) -> str:
    """The tokens as CSS custom properties (``--sf2``), the series as ``--hedged``, ``--hedged-label``."""
    lines = [f"--{name.replace('_', '-')}: {value};" for name, value in tokens(dark).items()]
    for name, style in series(dark).items():
        lines.append(f"--{name}: {style.line}; --{name}-label: {style.label};")
    return " ".join(lines)


def theme_config() -> dict[str, Any]:
    """The MUI theme of `panel_material_ui.Page`, both modes, from the same tokens."""
    shared: dict[str, Any] = {
        "typography": {
            "fontFamily": FONT,
            "fontSize": 13,
            "button": {"textTransform": "none", "fontWeight": 500},
        },
        "shape": {"borderRadius": 6},
    }
    return {name: {"palette": _palette(TOKENS[name]), **shared} for name in TOKENS}


def _palette(token: dict[str, str]) -> dict[str, Any]:
    return {
        "primary": {"main": token["acc"], "contrastText": token["on_acc"]},
        "error": {"main": token["crit"]},
        "warning": {"main": token["warn"]},
        "background": {"default": token["bg"], "paper": token["sf"]},
        "text": {"primary": token["t1"], "secondary": token["t3"]},
        "divider": token["bd"],
    }
