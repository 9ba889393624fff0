"""What `panel serve` runs, once for every visitor."""

import logging
import uuid
from html import escape

import panel as pn

from dashboard.app import create_app
from dashboard.config import AppConfig

pn.extension("tabulator", "plotly", sizing_mode="stretch_width")

try:
    create_app(AppConfig.from_env()).servable()
except Exception as error:  # without this the visitor would see a spinner for ever and no word
    reference = uuid.uuid4().hex[:8]
    logging.getLogger("hedgeboard").exception("the page could not be built (%s)", reference)
    pn.pane.HTML(
        f"<h1>Hedgeboard could not start</h1><p>{escape(str(error))}</p>"
        f"<p>Reference {reference}: the server's log has the details.</p>"
    ).servable(title="Hedgeboard")
