import io
import zipfile

import pytest
from openpyxl import Workbook

from core import spreadsheet
from core.errors import BadFile
from core.spreadsheet import is_workbook, read_workbook


def workbook(*rows, sheets=1):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for number in range(1, sheets):
        book.create_sheet(f"Other {number}").append(["x", 1])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


BOOK = workbook(["ticker", "shares"], ["NVDA", 1200], ["TSLA", -50.5])


def repacked(data=BOOK, *, add=None, change=None):
    """The workbook with members added or replaced."""
    out = io.BytesIO()
    change = change or {}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, change.get(member.filename, old.read(member)))
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def test_text_and_numbers():
    table = read_workbook(BOOK)
    assert table.rows == (("ticker", "shares"), ("NVDA", 1200.0), ("TSLA", -50.5))
    assert table.lines == (1, 2, 3)
    assert (table.delimiter, table.encoding, table.notes) == ("", "xlsx", ())


def test_empty_rows_and_columns_around_the_table():
    table = read_workbook(workbook([], [None, "ticker", "shares"], [], [None, "NVDA", 5], [None, "KO"]))
    assert table.rows == (("ticker", "shares"), ("NVDA", 5.0), ("KO", ""))
    assert table.lines == (2, 4, 5)


def test_u4_a_value_outside_the_header_is_refused_with_its_row():
    with pytest.raises(BadFile, match="row 3 has a value outside"):
        read_workbook(workbook(["ticker", "shares"], ["NVDA", 5], ["KO", 6, "note"]))


def test_u5_true_and_false_stay_text():
    assert read_workbook(workbook(["ticker", "shares"], [True, 5])).rows[1] == ("TRUE", 5.0)


def test_u6_formulas_are_not_computed():
    assert read_workbook(workbook(["ticker", "shares"], ["KO", "=1+1"])).rows[1] == ("KO", "")


def test_the_first_sheet_with_content_is_read_and_named():
    table = read_workbook(workbook(["ticker", "shares"], ["KO", 5], sheets=3))
    assert table.rows[1] == ("KO", 5.0)
    assert table.notes == ("Read the sheet 'Sheet', the first of 3 with content.",)
    assert read_workbook(workbook(sheets=2)).rows == (("x", 1.0),)


def test_u8_an_empty_workbook():
    with pytest.raises(BadFile, match="is empty"):
        read_workbook(workbook())


def test_u10_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    bomb = claims_sixty_megabytes()
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(BadFile, match="unpacks to"):
        read_workbook(bomb)


def claims_sixty_megabytes():
    """A workbook whose zip directory says that its first part unpacks to 60 MB."""
    data = bytearray(BOOK)
    place = data.index(b"PK\x01\x02")
    data[place + 24 : place + 28] = (60 * 2**20).to_bytes(4, "little")
    return bytes(data)


def test_u10_each_limit_is_named():
    many = repacked(add={f"xl/media/{i}.bin": b"" for i in range(200)})
    with pytest.raises(BadFile, match="at most 200"):
        read_workbook(many)
    with pytest.raises(BadFile, match="more than 100 times"):
        read_workbook(repacked(add={"xl/media/zeros.bin": bytes(5 * 2**20)}))
    with pytest.raises(BadFile, match="at most 10 MB"):
        read_workbook(BOOK + bytes(10 * 2**20))


def test_u10_too_many_rows_are_refused_before_the_sheet_is_parsed(monkeypatch):
    monkeypatch.setattr(spreadsheet, "_rows", None)
    filler = "".join(f'<row r="{i}" spans="{i * 7919 % 99991}"/>' for i in range(1, 100_002))
    sheet = f"<worksheet><sheetData>{filler}</sheetData></worksheet>"
    data = repacked(change={"xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(BadFile, match="more than 100,000 rows"):
        read_workbook(data)


def test_u10_rows_that_hide_from_the_count_are_stopped_while_reading(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 2)
    monkeypatch.setattr(spreadsheet, "_check_content", lambda *_: None)
    with pytest.raises(BadFile, match="more than 2 rows"):
        read_workbook(BOOK)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xl/vbaProject.bin", "has macros"),
        ("xl/macrosheets/sheet1.xml", "has macros"),
        ("xl/activeX/activeX1.bin", "has macros"),
        ("xl/externalLinks/externalLink1.xml", "links to other workbooks"),
    ],
)
def test_u10_macros_and_external_links_are_refused(name, words):
    with pytest.raises(BadFile, match=words):
        read_workbook(repacked(add={name: b"x"}))


def test_u10_a_macro_workbook_without_its_macros_is_refused():
    types = "<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"
    with pytest.raises(BadFile, match="has macros"):
        read_workbook(repacked(change={"[Content_Types].xml": types}))


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>',
        b" " * (2**20 - 4) + b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>',
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><sst/>'.encode("utf-16"),
    ],
    ids=["entity", "over-two-chunks", "utf-16"],
)
@pytest.mark.parametrize("member", ["xl/styles.xml", "xl/_rels/workbook.xml.rels", "docProps/app.bin"])
def test_u10_xml_entities_are_refused(monkeypatch, content, member):
    monkeypatch.setattr(spreadsheet, "MAX_RATIO", 10_000)
    with pytest.raises(BadFile, match="XML entities"):
        read_workbook(repacked(change={member: content}, add={member: content} if ".bin" in member else {}))


def test_u10_a_password_is_refused():
    data = bytearray(BOOK)
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadFile, match="has a password"):
        read_workbook(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 and nothing else",
        BOOK[: len(BOOK) // 2],
        repacked(change={"xl/workbook.xml": b"<no"}),
        repacked(change={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='x'>"}),
    ],
)
def test_u11_a_damaged_workbook_is_refused(data):
    with pytest.raises(BadFile, match=r"book\.xlsx cannot be read as an Excel workbook"):
        read_workbook(data, name="book.xlsx")


def test_u11_another_zip_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "ticker,shares")
    with pytest.raises(BadFile, match="a zip file and no Excel workbook"):
        read_workbook(out.getvalue())


def test_a_zip_is_known_by_its_content():
    assert is_workbook(BOOK)
    assert not is_workbook(b"ticker,shares")
    assert not is_workbook("PK\x03\x04")
