import contextlib
import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.errors import BadFile, BadPositions, InvalidSetting, NeedsAnswer, UnknownOption, UnknownTicker
from core.positions import (
    cash_dollars,
    parse_quick_add,
    positions_csv,
    read_positions,
    reader,
    to_shares,
)
from core.settings import SAMPLE_BOOK, Holding
from core.symbols import parse_symbol


def held(data, **more):
    return [tuple(line) for line in read_positions(data, **more).holdings]


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


# ---- forms of a list


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        ("NVDA, 1200", ","),
        ("NVDA 1200", " "),
        ("nvda\t1200", "\t"),
        ("NVDA;1200", ";"),
        ("NVDA | 1200", "|"),
        (" NVDA   1200 \n\n", " "),
        ('NVDA, "1,200.0"', ","),
        ("NVDA 1,200.0", " "),
        ("NVDA;1.200,0", ";"),
        ("ticker,shares\nNVDA,1200", ","),
        ("Symbol;Quantity\nNVDA;1200", ";"),
        ("TICKER QTY\nNVDA 1200", " "),
        ("Shares,Name,Ticker\n1200,Nvidia,NVDA", ","),
        (b"\xef\xbb\xbfticker,shares\r\nNVDA,1200\r\n", ","),
        ("ticker,shares\nNVDA,1200".encode("utf-16"), ","),
        (workbook(["ticker", "shares"], ["NVDA", 1200]), ""),
        (workbook(["NVDA", 1200]), ""),
        (workbook(["ticker", "shares"], ["NVDA", "1'200"]), ""),
    ],
)
def test_u1_and_u2_one_position_in_many_guises(data, delimiter):
    read = read_positions(data)
    assert read.holdings == (("NVDA", 1200.0, None),)
    assert (read.unit, read.delimiter, read.cash) == ("shares", delimiter, None)


def test_a_pasted_book():
    assert held("AMZN 400\nTSLA -50") == [("AMZN", 400, None), ("TSLA", -50, None)]
    assert held("AMZN 400 180.25\nTSLA -50") == [("AMZN", 400, 180.25), ("TSLA", -50, None)]
    assert held("AAPL,100,150\nKO,5,60.5") == [("AAPL", 100, 150), ("KO", 5, 60.5)]


@pytest.mark.parametrize("text", ["NVDA, 1,200", "NVDA,1,200\nKO,2,300", "NVDA 1 200", "KO 5\nNVDA 1 200"])
def test_u2_a_thousands_mark_is_not_taken_for_a_cost(text):
    with pytest.raises(BadPositions, match="thousands mark, or shares and a cost"):
        read_positions(text)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("shares", "shares"),
        ("Quantity", "shares"),
        ("qty", "shares"),
        ("Units", "shares"),
        ("Weight %", "weights"),
        ("weight (%)", "weights"),
        ("value", "dollars"),
        ("Dollars", "dollars"),
        ("amount", "dollars"),
        ("USD", "dollars"),
        ("Market Value", "dollars"),
        ("Market value ($)", "dollars"),
    ],
)
def test_the_unit_comes_from_the_header(header, unit):
    assert read_positions(f"ticker,{header}\nKO,50").unit == unit


def test_shares_go_before_value_and_the_caller_before_both():
    text = "ticker,market value,shares\nKO,6000,100"
    assert held(text) == [("KO", 100, None)]
    assert held(text, unit="dollars") == [("KO", 6000, None)]
    assert "Columns not used: 'market value'." in read_positions(text).notes
    with pytest.raises(BadPositions, match="wanted are ticker and weights"):
        read_positions(text, unit="weights")
    assert read_positions("KO 6000", unit="dollars").unit == "dollars"


def test_unknown_answers_are_refused():
    with pytest.raises(UnknownOption):
        read_positions("KO 5", unit="lots")
    with pytest.raises(UnknownOption):
        read_positions("KO 5", decimal=";")


def test_cost():
    assert held("ticker,shares,avg price\nKO,5,60.25\nPG,6,\nPEP,7,n/a") == [
        ("KO", 5, 60.25),
        ("PG", 6, None),
        ("PEP", 7, None),
    ]


@pytest.mark.parametrize(
    ("side", "amount", "signed"),
    [
        ("long", "5", 5),
        ("Buy", "5", 5),
        ("SHORT", "5", -5),
        ("sell", "5", -5),
        ("short", "-5", -5),
        ("", "-5", -5),
        ("", "5", 5),
    ],
)
def test_u7_a_side_column_sets_the_sign(side, amount, signed):
    assert held(f"ticker,side,shares\nKO,{side},{amount}\nPG,,1")[0] == ("KO", signed, None)


@pytest.mark.parametrize(("side", "amount"), [("flat", "5"), ("long", "-5")])
def test_u7_a_side_that_makes_no_sense_is_refused(side, amount):
    with pytest.raises(BadPositions, match="line 2, side"):
        read_positions(f"ticker,side,shares\nKO,{side},{amount}")


@pytest.mark.parametrize("name", ["CASH", "cash", "$CASH", "USD", "US Dollar"])
def test_cash_lines(name):
    read = read_positions(f"ticker,shares\nKO,5\n{name},25000.5\n{name},-0.5")
    assert (read.cash, len(read.holdings)) == (25000.0, 1)


# ---- bad input


@pytest.mark.parametrize(
    ("header", "found", "wanted"),
    [
        ("ticker,price", "'ticker', 'price'", "ticker and one of shares, weight, value"),
        ("name,shares", "'name', 'shares'", "ticker and one of shares, weight, value"),
        ("hello", "'hello'", "ticker and one of shares, weight, value"),
    ],
)
def test_u3_missing_columns_list_found_and_wanted_and_offer_a_template(header, found, wanted):
    with pytest.raises(BadPositions) as caught:
        read_positions(f"{header}\nKO,x" if "," in header else header)
    assert (
        caught.value.message == f"The columns are {found}; wanted are {wanted}, and optionally cost and side."
    )
    assert "'ticker,shares,cost'" in caught.value.hint
    assert caught.value.where == "portfolio.holdings"


@pytest.mark.parametrize(
    "header", ["ticker,shares,qty", "ticker,symbol,shares", "ticker,shares,cost,avg cost"]
)
def test_u3_doubled_columns_are_refused(header):
    row = ",".join(["1"] * (header.count(",") + 1))
    with pytest.raises(BadPositions, match="Two columns could be the"):
        read_positions(f"{header}\n{row}")


def test_u4_a_ragged_row_is_refused_with_its_line():
    with pytest.raises(BadFile, match="line 3 has 3 fields, line 1 has 2"):
        read_positions("ticker,shares\nKO,5\nPG,1,200\n")
    with pytest.raises(BadPositions, match="Line 2 has 4 fields"):
        read_positions("KO,5\nPG,1,2,3")
    with pytest.raises(BadPositions, match="Line 2 has 1 fields"):
        read_positions("KO,5\nPG")


@pytest.mark.parametrize("make", ["ticker,shares\n{0},5\n", "{0},5\n", "{0} 5\n", "ticker;shares\n'{0};5"])
@pytest.mark.parametrize("ticker", ["NA", "NAN", "NULL", "TRUE", "1E5", "NONE", "INF"])
def test_u5_tickers_stay_text(ticker, make):
    text = make.format(ticker).replace("'", "")
    assert held(text) == [(ticker, 5, None)]


def test_u5_a_workbook_cell_that_is_true_or_a_number():
    assert held(workbook(["ticker", "shares"], [True, 5], [700, 6], ["1E5", 7])) == [
        ("TRUE", 5, None),
        ("700", 6, None),
        ("1E5", 7, None),
    ]


BAD = ["nan", "", "inf", "-inf", "1e400", "#N/A", "ten", "5 shares", "1,2,3"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_u6_every_bad_cell_is_reported_at_once(newline):
    rows = [f'K{i};"{bad}"' for i, bad in enumerate(BAD)]
    with pytest.raises(BadPositions) as caught:
        read_positions(newline.join(["ticker;shares", *rows, "<b>;x", "KO;5"]))
    message = caught.value.message
    assert message.startswith(
        "11 cells cannot be read: line 2, shares: 'nan' is not a number; line 3, shares: empty;"
    )
    for line in range(2, 12):
        assert f"line {line}, " in message
    assert "line 11, ticker" in message
    assert "line 11, shares: 'x'" in message


def test_u6_the_first_twenty_are_listed_with_the_count():
    with pytest.raises(BadPositions) as caught:
        read_positions("ticker,shares\n" + "".join(f"K{i},x\n" for i in range(1234)))
    message = caught.value.message
    assert message.startswith("1,234 cells")
    assert message.count("is not a number") == 20
    assert message.endswith("and 1,214 more.")


@given(st.sets(st.integers(0, 29), min_size=1, max_size=20))
def test_u6_exactly_the_bad_lines_are_named(bad):
    lines = [f"K{i},{'x' if i in bad else i}" for i in range(30)]
    with pytest.raises(BadPositions) as caught:
        read_positions("ticker,shares\n" + "\n".join(lines))
    assert [f"line {i + 2}, shares" in caught.value.message for i in range(30)] == [
        i in bad for i in range(30)
    ]


def test_u6_a_bad_cell_of_a_workbook_is_named_by_its_row():
    with pytest.raises(BadPositions, match="row 4, Shares: '#N/A' is not a number"):
        read_positions(workbook(["Ticker", "Shares"], ["KO", 5], [], ["PG", "#N/A"]))


def test_u6_a_bad_first_row_without_a_header_is_still_a_row():
    with pytest.raises(BadPositions, match="line 1, shares: '#N/A'"):
        read_positions("KO,#N/A\nPG,5")


def test_u6_a_long_cell_is_cut():
    with pytest.raises(BadPositions) as caught:
        read_positions("ticker,shares\n" + "A" * 10_000 + "," + "x" * 10_000)
    assert len(caught.value.message) < 400


def test_a_percentage_is_no_number_of_shares():
    with pytest.raises(BadPositions, match="'5%' is a percentage"):
        read_positions("ticker,shares\nKO,5%")
    with pytest.raises(BadPositions, match="'5%' is a percentage"):
        read_positions("ticker,shares,cost\nKO,5,5%")


def test_u7_negative_is_short_and_zero_is_kept():
    read = read_positions("ticker,shares\nTSLA,-50\nKO,0\nPG,(3)\nPEP,\u22124")
    assert [line.amount for line in read.holdings] == [-50, 0, -3, -4]
    assert "Short: TSLA, PG, PEP." in read.notes
    assert "Line 3: KO has an amount of zero and is kept." in read.notes


def test_t2_a_class_dot_is_kept_and_the_dash_suggested():
    read = read_positions("ticker,shares\n brk.b ,5")
    assert read.holdings[0].ticker == "BRK.B"
    assert any("many sources write BRK-B" in note for note in read.notes)


@pytest.mark.parametrize(
    "ticker", ["\u0410APL", "<img src=x onerror=alert(1)>", "../../etc/passwd", "CON", "A B"]
)
def test_t3_to_t6_bad_tickers_are_refused_with_their_line(ticker):
    with pytest.raises(BadPositions, match="line 2, ticker"):
        read_positions(f"ticker,shares\n{ticker},5")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "is empty"),
        (b"", "is empty"),
        ("\n \n", "is empty"),
        ("ticker,shares\n", "a header and no positions"),
    ],
)
def test_u8_nothing_to_read(data, words):
    with pytest.raises((BadFile, BadPositions), match=words):
        read_positions(data, name="book.csv")


@pytest.mark.parametrize(
    "data", [b"\x80\x04\x95", "<html></html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04x"]
)
def test_u11_other_contents_are_refused_whatever_the_name(data):
    with pytest.raises(BadFile, match=r"book\.csv"):
        read_positions(data, name="book.csv")


@pytest.mark.parametrize("name", ["../../x", "x" * 5000, "<img src=x onerror=alert(1)>", "a\nb", "\0"])
def test_u12_a_file_name_is_only_for_messages(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert held("KO 5", name=name) == [("KO", 5, None)]
    with pytest.raises(BadFile) as caught:
        read_positions("", name=name)
    assert len(caught.value.message) < 100
    assert caught.value.message.isprintable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["read_delimited", "find_columns", "read_rows", "merged", "total_rows"])
def test_u13_a_failure_at_any_step_gives_nothing(step, monkeypatch):
    def fail(*_, **__):
        raise BadFile("half-way")

    monkeypatch.setattr(reader, step, fail)
    with pytest.raises(BadFile, match="half-way"):
        read_positions("KO 5")


# ---- questions


def test_u2_an_ambiguous_number_is_asked_about():
    with pytest.raises(NeedsAnswer) as caught:
        read_positions("ticker;shares\nKO;1,000")
    assert caught.value.question == "decimal"
    assert caught.value.options == ((".", "1,000 is 1,000"), (",", "1,000 is 1"))
    assert held("ticker;shares\nKO;1,000", decimal=".") == [("KO", 1000, None)]
    assert held("ticker;shares\nKO;1,000", decimal=",") == [("KO", 1, None)]


def test_u2_another_number_of_the_file_answers():
    assert held("ticker;shares;cost\nKO;1,000;1.5") == [("KO", 1000, 1.5)]
    assert held("ticker;shares;cost\nKO;1,000;1,5") == [("KO", 1, 1.5)]
    assert read_positions("ticker;shares\nKO;1,5").decimal == ","


def test_u2_a_number_that_does_not_fit_the_mark_is_refused():
    with pytest.raises(
        BadPositions, match=r"line 3, shares: '2,5' is not a number with the decimal mark '\.'"
    ):
        read_positions("ticker;shares\nKO;1.5\nPG;2,5")
    with pytest.raises(BadPositions, match="line 2, shares"):
        read_positions("ticker;shares\nKO;1.000,5", decimal=".")


def test_u2_numbers_of_a_workbook_are_never_asked_about():
    assert held(workbook(["ticker", "shares"], ["KO", 1.125])) == [("KO", 1.125, None)]


def test_u8_duplicates_are_asked_about():
    text = "ticker,shares,cost\nKO,10,50\nPG,5,9\nko,30,60"
    with pytest.raises(NeedsAnswer, match="KO is on lines 2, 4") as caught:
        read_positions(text)
    assert caught.value.question == "merge"
    assert [value for value, _ in caught.value.options] == [True, False]
    assert held(text, merge=True) == [("KO", 40, 57.5), ("PG", 5, 9)]
    assert held(text, merge=False) == [("KO", 10, 50), ("PG", 5, 9)]
    assert "KO is there 2 times: added together." in read_positions(text, merge=True).notes


def test_u8_the_cost_of_merged_lines_is_known_only_where_it_means_something():
    assert held("KO,10,50.5\nKO,-30,60.5", merge=True) == [("KO", -20, None)]
    assert held("KO,10,50.5\nKO,30,", merge=True) == [("KO", 40, None)]


@given(st.permutations([0.1, 0.2, 0.3, 1e16, -1e16, 7.0]))
def test_h13_the_order_of_merged_lines_does_not_matter(amounts):
    text = "ticker;shares\n" + "\n".join(f"KO;{amount!r}" for amount in amounts)
    assert held(text, merge=True) == [("KO", math.fsum([0.1, 0.2, 0.3, 7.0]), None)]


@pytest.mark.parametrize("total", ["Total,15", "TOTAL,15", "Grand total,15", ",15", "Total:,15"])
def test_u8_a_total_row_is_asked_about(total):
    text = f"ticker,shares\nKO,10\nPG,5\n{total}"
    with pytest.raises(NeedsAnswer, match=r"Line 4 .* looks like a total") as caught:
        read_positions(text)
    assert caught.value.question == "total"
    read = read_positions(text, drop_total=True)
    assert [line.ticker for line in read.holdings] == ["KO", "PG"]
    assert "Left out as a total: line 4." in read.notes


def test_u8_a_total_that_is_a_position():
    assert held("KO,10\nTOTAL,5", drop_total=False)[1] == ("TOTAL", 5, None)
    with pytest.raises(BadPositions, match="A ticker is empty"):
        read_positions("KO,10\n,5", drop_total=False)


def test_bad_cells_come_before_questions():
    with pytest.raises(BadPositions, match="line 2, shares: 'x'") as caught:
        read_positions("ticker;shares\nKO;x\nKO;1,000\nTotal;5")
    assert not isinstance(caught.value, NeedsAnswer)


def test_questions_come_one_after_another():
    text = "ticker;shares\nKO;1,000\nKO;2,000\nTotal;3,000"
    answers = {}
    for question, answer in (("decimal", "."), ("drop_total", True), ("merge", True)):
        with pytest.raises(NeedsAnswer) as caught:
            read_positions(text, **answers)
        assert caught.value.question in question
        answers[question] = answer
    assert held(text, **answers) == [("KO", 3000, None)]


# ---- weights


@pytest.mark.parametrize(
    ("text", "weights", "cash"),
    [
        ("ticker,weight %\nKO,60\nPG,-12.3\nCASH,20", [0.6, -0.123], 0.2),
        ("ticker,weight\nKO,0.6\nPG,-0.123\nCASH,0.2", [0.6, -0.123], 0.2),
        ("ticker,weight\nKO,60\nPG,-12.3\nCASH,20", [0.6, -0.123], 0.2),
        ("ticker,weight\nKO,60%\nPG,-12.3%\nCASH,20%", [0.6, -0.123], 0.2),
        ("ticker,weight %\nKO,2%\nPG,0.5", [0.02, 0.005], None),
    ],
)
def test_weights_become_fractions_and_the_choice_is_noted(text, weights, cash):
    read = read_positions(text)
    assert [line.amount for line in read.holdings] == weights
    assert read.cash == cash
    assert any(note.startswith("Weights were read as") for note in read.notes)


def test_weights_that_nothing_explains_are_refused():
    with pytest.raises(BadPositions, match="add to 8"):
        read_positions("ticker,weight\nKO,5\nPG,3")
    with pytest.raises(BadPositions, match="such as line 3, have none"):
        read_positions("ticker,weight\nKO,5%\nPG,3")


# ---- to shares


def test_dollars_and_weights_become_whole_shares_toward_zero():
    prices = {"KO": 60.0, "PG": 150.0}
    dollars = read_positions("ticker,dollars,cost\nKO,6059.99,55\nPG,-1799,\nCASH,500,")
    assert to_shares(dollars, prices, nav=0.0) == (Holding("KO", 100, 55), Holding("PG", -11, None))
    assert cash_dollars(dollars, 0.0) == 500
    weights = read_positions("ticker,weight %\nKO,60\nPG,-18\nCASH,57")
    assert to_shares(weights, prices, nav=10_000.0) == (Holding("KO", 100), Holding("PG", -12))
    assert cash_dollars(weights, 100.0) == 57.0
    assert cash_dollars(read_positions("KO 5"), 100.0) is None


def test_rounding_loses_no_share():
    read = read_positions("ticker,weight\nKO,0.57\nCASH,0.43")
    assert to_shares(read, {"KO": 57.0}, nav=100.0) == (Holding("KO", 1),)


def test_shares_need_no_price():
    assert to_shares(read_positions("KO 5.5"), {}, nav=float("nan")) == (Holding("KO", 5.5),)


@pytest.mark.parametrize("price", [None, float("nan"), 0.0, -1.0, float("inf")])
def test_all_tickers_without_a_price_are_named(price):
    read = read_positions("ticker,dollars\nKO,5\nPG,6\nPEP,7")
    prices = {"PG": 1.0} | ({} if price is None else {"KO": price})
    with pytest.raises(UnknownTicker) as caught:
        to_shares(read, prices, nav=1.0)
    assert caught.value.tickers == ("KO", "PEP")


@pytest.mark.parametrize("nav", [0.0, -5.0, float("nan")])
def test_weights_need_a_value_to_be_weights_of(nav):
    with pytest.raises(BadPositions, match="net asset value"):
        to_shares(read_positions("ticker,weight\nKO,0.5"), {"KO": 1.0}, nav=nav)


# ---- one line


@pytest.mark.parametrize(
    ("text", "holding"),
    [
        ("AMZN 400", Holding("AMZN", 400)),
        (" amzn , 400 ", Holding("AMZN", 400)),
        ("TSLA -50", Holding("TSLA", -50)),
        ("TSLA -50 180.25", Holding("TSLA", -50, 180.25)),
        ("AMZN 1,200.0", Holding("AMZN", 1200)),
    ],
)
def test_quick_add(text, holding):
    assert parse_quick_add(text) == holding


@pytest.mark.parametrize(
    "text", ["", "AMZN", "AMZN x", "400", "A 1\nB 2", "CASH 400", "<b> 5", "ticker,shares"]
)
def test_quick_add_refuses_anything_else(text):
    with pytest.raises((BadPositions, BadFile)):
        parse_quick_add(text)


def test_quick_add_asks_about_a_number_that_can_be_two():
    with pytest.raises(NeedsAnswer):
        parse_quick_add("AMZN 1,200")
    assert parse_quick_add("AMZN 1,200", decimal=".") == Holding("AMZN", 1200)


# ---- export


def test_e1_the_export_is_rfc_4180_and_holds_no_formula():
    text = positions_csv([Holding("KO", -5.0, 60.125), Holding("CASH", 1.0)], 25000.0)
    assert text == "ticker,shares,cost\r\nKO,-5,60.1250\r\n'CASH,1,\r\nCASH,25000,\r\n"
    assert positions_csv([Holding("=1+1", 1.0)], 0.0).splitlines()[1] == "'=1+1,1,"


def test_h21_the_sample_book_survives_the_round_trip():
    read = read_positions(positions_csv(SAMPLE_BOOK, 400_000.0))
    assert to_shares(read, {}, 0.0) == SAMPLE_BOOK
    assert read.cash == 400_000.0


TICKER = st.from_regex(r"[A-Z0-9^][A-Z0-9=&^-]{0,8}(\.[A-Z])?", fullmatch=True) | st.sampled_from(
    ["NA", "NAN", "NULL", "TRUE", "1E5", "CASH", "USD", "TOTAL", "TOTALS", "SHARES", "TICKER"]
)
MONEY = st.floats(-1e12, 1e12)


@given(
    st.lists(st.tuples(TICKER, MONEY, st.none() | MONEY), unique_by=lambda row: row[0], max_size=12), MONEY
)
def test_h21_export_then_import_gives_equal_positions(rows, cash):
    book = []
    for row in rows:
        try:
            parse_symbol(row[0])
        except InvalidSetting:
            continue
        book.append(Holding(*row))
    read = read_positions(positions_csv(book, cash).encode())
    assert to_shares(read, {}, 0.0) == tuple(book)
    assert read.cash == cash


# ---- 0 wrong numbers


@st.composite
def files(draw):
    """A text file of positions, with the numbers that its author meant."""
    decimal = draw(st.sampled_from(".,"))
    group = draw(st.sampled_from(["", "," if decimal == "." else ".", "'", "\u00a0", " "]))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    places = draw(st.integers(0, 4))
    amounts = draw(st.lists(st.decimals(-(10**7), 10**7, places=places), min_size=1, max_size=6))
    costs = draw(st.booleans())
    quote_all = draw(st.booleans())
    meant, lines = [], []
    if draw(st.booleans()):
        lines.append(delimiter.join(["ticker", "shares", "cost"][: 3 if costs else 2]))
    for number, amount in enumerate(amounts):
        numbers = [amount] + ([draw(st.decimals(0, 5000, places=places))] if costs else [])
        cells = [f"T{number}", *(_written(n, decimal, group, places) for n in numbers)]
        lines.append(delimiter.join(f'"{c}"' if quote_all or delimiter in c else c for c in cells))
        meant.append([float(n) for n in numbers])
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(lines).encode(encoding), decimal, meant


def _written(value, decimal, group, places):
    whole, _, fraction = f"{abs(value):.{places}f}".partition(".")
    if group:
        whole = f"{int(whole):,}".replace(",", group)
    return ("-" if value < 0 else "") + whole + (decimal + fraction if fraction else "")


@settings(max_examples=1000)
@given(files())
def test_u2_no_number_is_ever_read_wrong(file):
    data, decimal, meant = file
    with contextlib.suppress(SplitThousandsError):
        read = _answered(data, decimal)
        got = [[line.amount] + ([] if line.cost is None else [line.cost]) for line in read.holdings]
        assert got == meant


class SplitThousandsError(Exception):
    """The one refusal that a file of good numbers may meet: "T0,1,200" without a header."""


def _answered(data, decimal):
    try:
        return read_positions(data)
    except NeedsAnswer as asked:
        return read_positions(data, **{asked.question: decimal})
    except BadPositions as refused:
        if "thousands mark, or shares and a cost" in refused.message:
            raise SplitThousandsError from refused
        raise
