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
from core.given_files import SECTION, GivenFiles, files_section, price_pairs, take_files, with_source


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Exposure and hedge order of a book.")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE.json", help="settings; the rest keeps its default"
    )
    parser.add_argument("--as-of", metavar="DATE", help="use data up to this day only, such as 2020-03-16")
    parser.add_argument("--source", metavar="NAME", help="where prices come from: yahoo, files or sample")
    parser.add_argument("--folder", metavar="FOLDER", help="the folder of the source files, which it implies")
    parser.add_argument("--positions", type=Path, metavar="FILE", help="the book: CSV or XLSX")
    parser.add_argument("--flow", type=Path, metavar="FILE", help="stop-loss readings: CSV with date, usd")
    parser.add_argument(
        "--prices",
        action="append",
        default=[],
        metavar="TICKER=FILE",
        help="prices of your own for a ticker: CSV, Parquet or XLSX; may be given again",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object with unrounded numbers")
    return parser


def _settings(options: argparse.Namespace) -> tuple[Settings, tuple[str, ...]]:
    raw = _read(options.settings) if options.settings else {}
    files = GivenFiles(options.positions, options.flow, price_pairs(options.prices))
    if SECTION in raw:
        files = files.over(files_section(raw.pop(SECTION), options.settings.parent))
    settings = settings_from_dict(with_source(raw, options.source, options.folder))
    if options.as_of:
        settings = settings.with_value("data.as_of", options.as_of)
    return take_files(settings, files, cash_known="cash" in raw.get("portfolio", {}))


def main(arguments: list[str] | None = None) -> int:
    """Print the analysis; 0 when there is one, 2 when the input is at fault (the reason goes to stderr).

    How a book was read goes to stderr too, a line a note.
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console without an arrow gets a question mark
            stream.reconfigure(errors="replace")
    try:
        settings, notes = _settings(options)
        for note in notes:
            print(note, file=sys.stderr)
        analysis = analyse(settings)
    except HedgeError as error:
        where = f" [{error.where}]" if error.where else ""
        print(f"{error}{where}", error.hint, sep="\n" if error.hint else "", file=sys.stderr)
        return 2
    print(json.dumps(to_json(analysis), indent=2, allow_nan=False) if options.json else to_text(analysis))
    return 0


if __name__ == "__main__":
    sys.exit(main())
