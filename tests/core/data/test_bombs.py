"""Files that unpack to far more than they are, in a process that may take 100 MB more than it has (U10)."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

ROOT = Path(__file__).resolve().parents[3]
READER = """
import resource, sys, time
import openpyxl, pyarrow.parquet
from core.data.price_file import read_prices
from core.errors import BadFile

files = [open(path, "rb").read() for path in sys.argv[1:]]
pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for data in files:
    start = time.process_time()
    try:
        read_prices(data, "prices", "ACME")
    except BadFile as error:
        print(time.process_time() - start, error)
"""


def sheet_of(content: bytes) -> bytes:
    """A workbook with this as its sheet, packed as tightly as can be."""
    plain, out = io.BytesIO(), io.BytesIO()
    Workbook().save(plain)
    with (
        zipfile.ZipFile(plain) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for member in old.infolist():
            sheet = member.filename == "xl/worksheets/sheet1.xml"
            new.writestr(member.filename, content if sheet else old.read(member))
    return out.getvalue()


def rows_of(count: int) -> bytes:
    # Numbers that do not repeat, so that the ratio says nothing.
    cells = (f'<row r="{n}"><c r="A{n}"><v>{n * 7919 % 99991}</v></c></row>' for n in range(1, count + 1))
    return f"<worksheet><sheetData>{''.join(cells)}</sheetData></worksheet>".encode()


def long_texts() -> bytes:
    text = pa.array(["2024-01-02" + " " * 2**20]).dictionary_encode().take(pa.array([0] * 100_000))
    out = io.BytesIO()
    pq.write_table(pa.table({"date": text, "close": [1.0] * 100_000}), out, store_schema=False)
    return out.getvalue()


BOMBS = {
    "unpacks to 60 MB": lambda: sheet_of(b"<worksheet>" + b" " * (60 * 2**20) + b"</worksheet>"),
    "more than 100 times": lambda: sheet_of(b"<worksheet>" + b" " * (40 * 2**20) + b"</worksheet>"),
    "more than 100,000 rows": lambda: sheet_of(rows_of(150_000)),
    "a cell of 1,048,586 characters": long_texts,
}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
def test_u10_a_bomb_is_refused_within_a_second_of_the_processor_and_100_mb(tmp_path):
    paths = [tmp_path / str(place) for place in range(len(BOMBS))]
    for path, content in zip(paths, BOMBS.values(), strict=True):
        path.write_bytes(content())
        assert path.stat().st_size < 10 * 2**20
    found = subprocess.run(
        [sys.executable, "-c", READER, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    said = found.stdout.splitlines()
    assert len(said) == len(BOMBS)
    for words, line in zip(BOMBS, said, strict=True):
        assert words in line
        assert float(line.partition(" ")[0]) < 1
