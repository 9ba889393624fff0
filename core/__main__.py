"""Headline, exposure and order on the command line: ``python -m core``."""

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

from core import Settings, analyse, settings_from_dict
from core.errors import BadFile, HedgeError
from core.export import to_json, to_text


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path} is not JSON: {error}.", hint='It should look like {"beta": {}}.') from error
    if not isinstance(raw, dict):
        raise BadFile(f"{path} must hold one JSON object of settings.")
    return raw


def main(arguments: list[str] | None = None) -> int:
    """Print the analysis; 0 when there is one, 2 when the input is at fault (the reason goes to stderr)."""
    parser = argparse.ArgumentParser(prog="python -m core", description="Exposure and hedge order of a book.")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE.json", help="settings; the rest keeps its default"
    )
    parser.add_argument("--as-of", metavar="DATE", help="use data up to this day only, such as 2020-03-16")
    parser.add_argument("--json", action="store_true", help="one JSON object with unrounded numbers")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console without an arrow gets a question mark
            stream.reconfigure(errors="replace")
    try:
        settings = settings_from_dict(_read(options.settings)) if options.settings else Settings()
        if options.as_of:
            settings = settings.with_value("data.as_of", options.as_of)
        analysis = analyse(settings)
    except HedgeError as error:
        where = f" [{error.where}]" if error.where else ""
        print(f"{error}{where}", error.hint, sep="\n" if error.hint else "", file=sys.stderr)
        return 2
    print(json.dumps(to_json(analysis), indent=2, allow_nan=False) if options.json else to_text(analysis))
    return 0


if __name__ == "__main__":
    sys.exit(main())
