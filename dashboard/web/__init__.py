"""The page's own style sheets and scripts, beside the components that use them."""

from functools import cache
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).parent
ASSETS: Final = WEB.parent.parent / "assets"


@cache
def style(name: str) -> str:
    """The text of one style sheet; each component's shadow root needs its own."""
    return (WEB / f"{name}.css").read_text(encoding="utf-8")


def script(name: str) -> Path:
    """One component's script; Panel serves it as a file, so browsers keep it."""
    return WEB / f"{name}.js"
