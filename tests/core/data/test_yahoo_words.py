import pytest

from core.data.yahoo_ask import Fault, Kind
from core.data.yahoo_words import ISIN, REASONS, missing, reason, trouble
from core.errors import MissingSeries, ProviderUnavailable, RateLimited, UnknownTicker, WrongAnswer

KINDS: dict[Kind, type[MissingSeries]] = {
    "unknown": UnknownTicker,
    "empty": WrongAnswer,
    "rate_limited": RateLimited,
    "wrong_answer": WrongAnswer,
    "refused": WrongAnswer,
    "unreachable": ProviderUnavailable,
    "timeout": ProviderUnavailable,
    "broken": ProviderUnavailable,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_class_and_plain_words(kind: Kind) -> None:
    error = missing({"NVDA": Fault(kind, "Its prices cannot be true")}, ())
    assert type(error) is KINDS[kind]
    assert "NVDA" in str(error)
    assert error.hint
    for jargon in ("exception", "JSON", "HTTP", "429", "500", "None", "error", "delisted", "timeout"):
        assert jargon not in f"{error} {error.hint}"


@pytest.mark.parametrize(
    ("kinds", "narrowest"),
    [
        (("unknown", "unknown"), UnknownTicker),
        (("rate_limited", "timeout"), ProviderUnavailable),
        (("wrong_answer", "empty"), WrongAnswer),
        (("rate_limited", "wrong_answer"), ProviderUnavailable),
        (("unknown", "unreachable"), MissingSeries),
    ],
)
def test_the_class_is_the_narrowest_that_is_true_of_all(
    kinds: tuple[Kind, Kind], narrowest: type[MissingSeries]
) -> None:
    error = missing({"A": Fault(kinds[0]), "B": Fault(kinds[1])}, ())
    assert type(error) is narrowest
    assert error.tickers == ("A", "B")
    assert error.reasons == {"A": REASONS[kinds[0]], "B": REASONS[kinds[1]]}


def test_many_are_counted_and_near_ones_offered() -> None:
    faults = {f"T{number}": Fault("unknown") for number in range(15)}
    assert str(missing(faults, ())) == (
        "Yahoo knows no symbol T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 and 5 more."
    )
    mixed = {"NVDAA": Fault("unknown"), "BRK.B": Fault("unknown"), "SPY": Fault("timeout")}
    error = missing(mixed, ("NVDA", "SH"))
    assert str(error) == (
        "There are no prices for NVDAA (Yahoo knows no such symbol); BRK.B (Yahoo knows no such symbol);"
        " SPY (Yahoo did not answer in time)."
    )
    assert error.hint == (
        "Did you mean NVDA for NVDAA, BRK-B for BRK.B (Yahoo writes a class with a dash)?"
        " Try again later, or choose another source of prices."
    )


def test_stored_prices_are_named_with_their_day() -> None:
    said = trouble(Fault("broken"), "9 Apr 2025")
    assert said.startswith("The part of this program that asks Yahoo stopped")
    assert said.endswith("; the prices fetched on 9 Apr 2025 are used.")
    assert reason(Fault("unknown", ISIN)) == ISIN
