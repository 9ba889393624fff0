"""Whether a place on the page can be seen, so that what stands there is computed only then."""

from typing import ClassVar

import param

from dashboard.component import Component
from dashboard.web import script


class Sight(Component):
    """Fills the place it is put in, shows nothing, and lets what lies over it be pressed."""

    seen: bool = param.Boolean(default=False, doc="Whether any of it is in sight.")  # type: ignore[assignment]

    _bundle = script("sight")
    _stylesheets: ClassVar[list[str]] = [
        ":host { display: flex !important; pointer-events: none; }"
        ":host > div { position: relative; flex: 1 1 0; } .mark { position: absolute; inset: 0; }"
    ]
