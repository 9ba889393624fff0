"""Tables of the user's own: what is read, what is refused with line and column, and how many are kept."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadFile
from core.lab import files
from core.lab.files import MOST_COLUMNS, keep_file, keep_table, kept_table

GOOD = b"Date;GLD;GDX\n03.01.2020;145,21;28,9\n02.01.2020;143,95;29,1\n06.01.2020;147,39;\n"


def test_a_table_is_read_sorted_with_its_own_marks_and_gaps() -> None:
    digest, table = keep_table(GOOD, name="pair.csv")
    assert table.names == ("GLD", "GDX")
    assert [str(day) for day in table.sessions] == ["2020-01-02", "2020-01-03", "2020-01-06"]
    assert table.values[0].tolist() == [143.95, 29.1]
    assert np.isnan(table.values[2, 1])
    assert kept_table(digest) == table
    assert table.columns(("GDX", "GLD"))[1].tolist() == [28.9, 145.21]


def test_the_same_content_has_the_same_digest_under_any_name() -> None:
    assert keep_table(GOOD, name="a.csv")[0] == keep_table(GOOD, name="b.csv")[0]


def test_a_file_is_kept_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "pair.csv"
    path.write_bytes(GOOD)
    assert keep_file(path) == keep_table(GOOD, name="x")[0]
    with pytest.raises(BadFile, match=r"none\.csv cannot be opened"):
        keep_file(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,A,B\n2020-01-02,1,many\n2020-01-03,2,3\n", "line 2, column 'B': 'many' is no price"),
        ("date,A,A\n2020-01-02,1,2\n2020-01-03,2,3\n", "two columns called 'A'"),
        ("date,A,\n2020-01-02,1,2\n2020-01-03,2,3\n", "a column without a name"),
        ("", "empty"),
        (f"date,A,{'x' * 60}\n2020-01-02,1,2\n2020-01-03,1,2\n", "is no name of a leg"),
    ],
)
def test_a_table_that_is_none_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said) as refused:
        keep_table(text.encode(), name="own.csv")
    assert refused.value.where == "lab.file"


def test_a_table_that_is_gone_says_so() -> None:
    with pytest.raises(BadFile, match=r"own\.csv is not here any more"):
        kept_table("0" * 32, "own.csv")
    with pytest.raises(BadFile, match="There is no table yet"):
        kept_table("")


def test_tables_used_longest_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    one = keep_table(GOOD, name="x.csv")[1]
    assert one.size >= 3 * 8 + 2 * 3 * 8 + len("GLDGDX")
    monkeypatch.setattr(files, "MOST_BYTES", 2 * one.size)
    digests = [keep_table(GOOD.replace(b"145", b"%d" % n), name="x.csv")[0] for n in (141, 142)]
    kept_table(digests[0])
    keep_table(GOOD.replace(b"145", b"146"), name="x.csv")
    assert kept_table(digests[0]).names == ("GLD", "GDX")
    with pytest.raises(BadFile):
        kept_table(digests[1])


def test_one_column_tells_the_decimal_mark_of_all() -> None:
    """B alone could be 1.102; A and C prove that the comma is the mark, so that it is over 1,000."""
    rows = "".join(f"2024-01-{day:02d};{10 + day},25;1.{100 + day};{day},50\n" for day in range(2, 20))
    table = keep_table(f"Date;A;B;C\n{rows}".encode(), name="x.csv")[1]
    assert table.values[0].tolist() == [12.25, 1102.0, 2.5]
    points = rows.replace(",", "_").replace(".", ",").replace("_", ".")
    assert keep_table(f"Date;A;B;C\n{points}".encode(), name="x.csv")[1] == table


@pytest.mark.parametrize("text", ["Date;A;B\n{};1.102;9\n{};1.103;9\n", 'Date,A,B\n{},"1,102",9\n{},9,9\n'])
def test_prices_that_nothing_tells_apart_are_refused(text: str) -> None:
    with pytest.raises(BadFile, match=r"1[.,]102 can be read in two ways") as refused:
        keep_table(text.format("2024-01-02", "2024-01-03").encode(), name="x.csv")
    assert refused.value.where == "lab.file"


def test_between_commas_three_decimals_are_three_decimals() -> None:
    table = keep_table(b"Date,A,B\n2024-01-02,1.102,9\n2024-01-03,1.103,9\n", name="x.csv")[1]
    assert table.values[:, 0].tolist() == [1.102, 1.103]


@pytest.mark.parametrize("header", ["Timestamp,DAY,GLD", "DAY,day2,GLD", "Day,A,B"])
def test_the_days_are_in_the_first_column_unless_one_is_called_date(header: str) -> None:
    table = keep_table(f"{header}\n2024-01-02,61.5,180.2\n2024-01-03,62.5,181.2\n".encode(), name="x.csv")[1]
    assert table.names == tuple(header.split(",")[1:])
    later = keep_table(b"DAY,Date,GLD\n61.5,2024-01-02,180.2\n62.5,2024-01-03,181.2\n", name="x.csv")[1]
    assert later.names == ("DAY", "GLD")


def test_more_columns_than_legs_need_are_refused() -> None:
    def wide(count: int) -> bytes:
        names = ",".join(f"c{place}" for place in range(count))
        return "\n".join([f"date,{names}", *(f"2024-01-0{day}{',1' * count}" for day in (2, 3))]).encode()

    assert len(keep_table(wide(MOST_COLUMNS), name="x.csv")[1].names) == MOST_COLUMNS
    with pytest.raises(BadFile, match=r"61 columns of prices; at most 60 are read"):
        keep_table(wide(MOST_COLUMNS + 1), name="x.csv")
