import pytest

from core.data.dates import read_dates
from core.errors import BadFile


def read(*texts):
    return [str(day) for day in read_dates(texts, range(2, 2 + len(texts)), "prices.csv")]


@pytest.mark.parametrize(
    "text",
    [
        "2020-03-31",
        "2020-3-31",
        "2020/03/31",
        "20200331",
        "31.03.2020",
        "31.3.2020",
        "31 Mar 2020",
        "31-Mar-2020",
        "Mar 31, 2020",
        "March 31 2020",
        "03/31/2020",
        "31/03/2020",
        "31-03-2020",
        "2020-03-31 00:00:00",
        "2020-03-31T16:00",
        " 2020-03-31 ",
    ],
)
def test_the_forms_of_one_day(text):
    assert read(text) == ["2020-03-31"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-06-01 00:00:00-04:00", "2020-06-01"),
        ("2020-06-01 00:00:00+01:00", "2020-06-01"),
        ("2020-06-01T23:30:00.000-0400", "2020-06-01"),
        ("2020-12-01 16:30:00 +00:00", "2020-12-01"),
        ("2020-12-01T00:00:00Z", "2020-12-01"),
    ],
)
def test_p2_a_time_with_an_offset_gives_the_local_date_as_written(text, day):
    assert read(text) == [day]


def test_day_and_month_are_told_apart_by_the_rest_of_the_file():
    assert read("03/04/2020", "03/31/2020") == ["2020-03-04", "2020-03-31"]
    assert read("03/04/2020", "31/03/2020") == ["2020-04-03", "2020-03-31"]


def test_day_and_month_that_nothing_tells_apart_are_refused():
    with pytest.raises(BadFile, match=r"prices\.csv: line 2: '03/04/2020'"):
        read("03/04/2020", "05/06/2020")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2020",
        "2020-03",
        "2020-02-30",
        "20201301",
        "1585612800",
        "2020-03-31x",
        "31 Foo 2020",
    ],
)
def test_what_is_no_date_is_refused_with_its_line(text):
    with pytest.raises(BadFile, match=r"prices\.csv: line 3: .*is not a date") as caught:
        read("2020-03-30", text)
    assert caught.value.where == "data.folder"
