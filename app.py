"""What `panel serve` runs, once for every visitor."""

import logging
from html import escape

import panel as pn

from core.errors import HedgeError
from dashboard.app import create_app
from dashboard.config import AppConfig
from dashboard.runner import unexpected

pn.extension("tabulator", "plotly", sizing_mode="stretch_width")

try:
    create_app(AppConfig.from_env()).servable()
except Exception as error:  # without this the visitor would see a spinner for ever and no word
    if isinstance(error, HedgeError):
        logging.getLogger("hedgeboard").exception("the page could not be built")
        why = f"{error.message} {error.hint}".strip()
    else:  # its text may name what is none of the visitor's business
        why = f"{unexpected(error).message} The server\u2019s log has the details."
    said = f"<h1>Hedgeboard could not start</h1><p>{escape(why)}</p>"
    pn.pane.HTML(said).servable(title="Hedgeboard")  # type: ignore[no-untyped-call]
