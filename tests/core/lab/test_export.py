"""The ZIP: all that was shown, safe in a spreadsheet, and a program that makes the same figures again."""

import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.own import keep_own_file
from core.lab import notebook
from core.lab.check import check_of
from core.lab.compare import compare_ratios, study_ratio
from core.lab.export import export_lab
from core.lab.files import keep_table
from core.lab.prices import LabPrices, read_legs_of
from core.lab.rank import rank_ratios
from core.lab.settings import CheckSettings, LabSettings, RatioSettings
from core.pipeline import refresh_prices
from core.ratios.rolling import rolling_hedge_ratio
from core.settings import DataSettings, Holding, PortfolioSettings

ROOT = Path(__file__).resolve().parents[3]
LAB = RatioSettings(
    methods=("ols_origin", "tls"), shown="tls", draws=99, table_draws=19, resamples=99, period="1y",
    window=120, lag=2, band_sessions=60,
)  # fmt: skip


def made(**changes: Any) -> tuple[LabSettings, LabPrices, dict[str, bytes]]:
    """An export of everything, unpacked."""
    settings = LabSettings(lab=LAB, check=CheckSettings(errors="newey-west"))
    prices = read_legs_of(LAB)
    given: dict[str, Any] = {
        "shown": study_ratio(prices.frame(), "tls", lag=2, draws=99, resamples=99),
        "rolling": rolling_hedge_ratio(prices.frame(), "tls", window=120, step=21),
        "ranking": rank_ratios(LAB, prices).ranking,
        "check": check_of(settings.check, LAB),
    }
    table = compare_ratios(prices.frame(), methods=LAB.methods, lag=2, draws=19, resamples=99)
    return settings, prices, unpacked(export_lab(settings, prices, table, **(given | changes)))


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def table_of(files: dict[str, bytes], name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(files[name]))


def run_in(folder: Path, files: dict[str, bytes], wanted: str) -> Any:
    """What an expression is once the program of an export has run beside its files."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    line = (
        "import json, runpy, sys\n"
        "globals().update(runpy.run_path(sys.argv[1]))\n"
        f"print(json.dumps({wanted}))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", line, str(folder / "notebook.py")],
        cwd=folder.parent, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for printed in done.stdout.splitlines()[:-1]:
        assert not re.match(r"[\[({]|-?\d+\.\d", printed), f"a figure without a name: {printed}"
    return json.loads(done.stdout.splitlines()[-1])


def readme(files: dict[str, bytes]) -> list[str]:
    return files["README.txt"].decode().splitlines()


def test_the_program_beside_the_prices_makes_every_figure_again(tmp_path: Path) -> None:
    _, prices, files = made()
    found = run_in(
        tmp_path,
        files,
        "{'prices': prices.values.tolist(), 'ratio': dict(ratio.ratios),"
        " 'interval': list(ratio.intervals['CVX']), 'p': ratio.adf_p_value,"
        " 'rolling': rolling.ratios[-1].tolist(),"
        " 'ranking': [score.variance for score in ranking.scores], 'beta': fit.beta, 'phi': left.phi,"
        " 'p-values': [row.result.adf_p_value for row in table.methods],"
        " 'z': trace.z.tolist()[-1], 'drawn': list(table.row('tls').result.intervals['CVX'])}",
    )
    assert found["prices"] == prices.values.tolist()
    methods = table_of(files, "methods.csv").set_index("key")
    shown = table_of(files, "shown.csv").iloc[0]
    assert found["ratio"]["CVX"] == methods.loc["tls", "CVX per XOM"] == shown["ratio"]
    assert found["interval"] == found["drawn"] == list(methods[["CVX low", "CVX high"]].loc["tls"])
    assert found["p"] == shown["adf_p_value"]
    assert found["p-values"] == methods["adf_p_value"].tolist()
    assert [source.split()[0] for source in (*methods["adf_p_source"], shown["adf_p_source"])] == [
        "19",
        "19",
        "99",
    ]
    assert found["rolling"] == [table_of(files, "rolling.csv")["CVX"].iloc[-1]]
    assert found["ranking"] == table_of(files, "ranking.csv")["variance"].tolist()
    assert found["z"] == table_of(files, "spread.csv")["z"].iloc[-1]
    assert found["phi"] == json.loads(files["residuals.json"])["phi"]
    check = check_of(CheckSettings(errors="newey-west"), LAB).steps
    assert found["beta"] == pytest.approx(check.line.fit.beta, rel=1e-12)


def test_tables_hold_every_figure_at_full_precision() -> None:
    settings, prices, files = made()
    ratio = study_ratio(prices.frame(), "tls", lag=2)
    line = table_of(files, "methods.csv").set_index("key").loc["tls"]
    assert line["CVX per XOM"] == ratio.ratios["CVX"]
    assert line["half_life_days"] == ratio.half_life_days
    assert line["interval"] == "drawn"
    assert line["CVX shares for 1000"] == -round(1000 * ratio.ratios["CVX"])
    assert (table_of(files, "spread.csv")["spread"].to_numpy() == ratio.spread).all()
    question = json.loads(files["question.json"])
    assert question["lab"]["legs"] == ["XOM", "CVX"]
    assert question["prices"]["rows"] == len(prices.sessions)
    assert question["unit_root_lag"] == settings.lab.lag


def test_the_check_says_what_it_is_of() -> None:
    check = check_of(CheckSettings(asset="KO", period="1y"), LAB)
    lines = table_of(made(check=check)[2], "check.csv")
    days = check.steps.sessions
    assert set(lines["asset"]) == {"KO"}
    assert set(lines["hedged by"]) == {check.benchmark}
    assert set(lines["period"]) == {f"{days[0]} to {days[-1]}"}
    assert (lines["return"].to_numpy() == check.steps.returns).all()


def test_what_is_not_there_is_left_out_of_the_program_too() -> None:
    _, _, files = made(rolling=None, ranking=None, check=None)
    assert {"rolling.csv", "ranking.csv", "check.csv"} & set(files) == set()
    assert b"ranking" not in files["notebook.py"].split(b"import trace_spread")[1]


def test_the_readme_says_what_is_inside_and_why_something_is_not() -> None:
    _, _, files = made()
    assert not [line for line in readme(files) if line.startswith("not included")]
    listed = {line.split(":")[0] for line in readme(files)[2:] if line}
    assert listed == set(files) - {"README.txt"}
    assert readme(files)[0].startswith("Hedge ratios of XOM, CVX, 2021-")
    why = {"ranking.csv": "it was not asked for", "rolling.csv": "the refits were still running"}
    lines = readme(made(ranking=None, rolling=None, check=None, lacking=why)[2])
    assert "not included: ranking.csv, it was not asked for" in lines
    assert "not included: rolling.csv, the refits were still running" in lines
    assert "not included: check.csv, it was not there yet" in lines


def test_the_program_says_how_it_is_run() -> None:
    head = made()[2]["notebook.py"].decode().split('"""')[1]
    assert "PYTHONPATH=/path/to/hedgeboard python notebook.py" in head


def test_a_lag_that_is_chosen_is_chosen_on_the_days_of_each_window_here_and_there(tmp_path: Path) -> None:
    """The rolling search for the least statistic: one lag of all days would have looked ahead."""
    lab = replace(LAB, lag=None, shown="adf", methods=("adf",), draws=0, resamples=0, window=60, step=40)
    prices = read_legs_of(lab)
    table = compare_ratios(prices.frame(), methods=lab.methods)
    rolling = rolling_hedge_ratio(prices.frame(), "adf", window=60, step=40)
    ahead = rolling_hedge_ratio(prices.frame(), "adf", window=60, step=40, lag=table.lag)
    assert not np.array_equal(rolling.ratios, ahead.ratios, equal_nan=True)
    files = unpacked(export_lab(LabSettings(lab=lab), prices, table, rolling=rolling))
    again = run_in(tmp_path, files, "rolling.ratios[pd.notna(rolling.ratios)].tolist()")
    assert again == rolling.ratios[np.isfinite(rolling.ratios)].tolist()


def test_the_program_makes_no_more_than_the_files_have(tmp_path: Path) -> None:
    """An export while intervals and the p-value are still being drawn has neither."""
    lab = replace(LAB, lag=None)
    prices = read_legs_of(lab)
    early, late = (compare_ratios(prices.frame(), methods=lab.methods, resamples=draws) for draws in (0, 99))
    files = unpacked(export_lab(LabSettings(lab=lab), prices, early))
    assert table_of(files, "methods.csv")["interval"].fillna("").tolist() == ["formula", ""]
    again = run_in(
        tmp_path,
        files,
        "[len(row.result.intervals) for row in table.methods] + [len(ratio.intervals), ratio.adf_p_source]",
    )
    assert again == [1, 0, 0, ""]
    program = unpacked(export_lab(LabSettings(lab=lab), prices, late))["notebook.py"].decode()
    assert 'study_ratio(prices, "tls", resamples=99)' in program
    simulated = compare_ratios(prices.frame(), methods=lab.methods, draws=19)
    program = unpacked(export_lab(LabSettings(lab=lab), prices, simulated))["notebook.py"].decode()
    assert 'compare_ratios(prices, methods=["ols_origin", "tls"], draws=19)' in program
    assert 'study_ratio(prices, "tls", draws=19)' in program
    full = study_ratio(prices.frame(), "tls", draws=99, resamples=99)
    program = unpacked(export_lab(LabSettings(lab=lab), prices, early, shown=full))["notebook.py"].decode()
    assert 'study_ratio(prices, "tls", draws=99, resamples=99)' in program
    assert 'compare_ratios(prices, methods=["ols_origin", "tls"])' in program


def test_the_same_answers_make_the_same_bytes() -> None:
    prices = read_legs_of(LAB)
    table = compare_ratios(prices.frame(), methods=["ols"])
    once, again = (export_lab(LabSettings(lab=LAB), prices, table) for _ in range(2))
    assert once == again


def test_no_cell_is_a_formula_and_the_program_still_runs(tmp_path: Path) -> None:
    """A column of the reader's own table may be called =cmd|... : a spreadsheet must not run it."""
    random = np.random.default_rng(2)
    walk = 50 + np.cumsum(random.standard_normal(200))
    days = np.arange("2020-01-01", "2020-12-31", dtype="datetime64[D]")[:200]
    rows = "\n".join(
        f"{d},{a!r},{b!r}" for d, a, b in zip(days, (2 * walk + 1).tolist(), walk.tolist(), strict=True)
    )
    noisy = f'date,=1+1,"@x"\n{rows}'.replace("2020-01-05,", "2020-01-05,1")
    digest, _ = keep_table(noisy.encode(), name="evil.csv")
    lab = RatioSettings(
        source="file", file=digest, file_name='e"vil.csv', legs=("=1+1", "@x"), period="all",
        methods=("ols",), resamples=0, draws=0,
    )  # fmt: skip
    prices = read_legs_of(lab)
    files = unpacked(
        export_lab(LabSettings(lab=lab), prices, compare_ratios(prices.frame(), methods=["ols"]))
    )
    for name in (name for name in files if name.endswith(".csv")):
        for cell in pd.read_csv(io.BytesIO(files[name]), header=None, dtype=str).to_numpy().ravel():
            assert not str(cell).startswith(("=", "@", "+")), name
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "notebook.py"], cwd=tmp_path, env=environment, check=True, capture_output=True
    )


def test_three_lines_reproduce_a_row() -> None:
    lines = notebook.row_lines(RatioSettings(sign="short", lag=3, draws=99, resamples=0), "ols")
    assert len(lines.splitlines()) == 3
    scope: dict[str, Any] = {}
    exec(lines, scope)
    alone = study_ratio(read_legs_of(RatioSettings()).frame(), "ols", sign="short", lag=3, draws=99)
    assert scope["ratio"] == alone


def test_the_lines_name_the_pages_source_and_its_day() -> None:
    data = DataSettings(provider="files", folder="prices", benchmark="SPY", hedge="SH")
    _, line = notebook.prices_line(RatioSettings(source="source"), data)
    assert 'DataSettings(provider="files", folder="prices", benchmark="SPY", hedge="SH")' in line
    assert "DataSettings" not in notebook.prices_line(RatioSettings(), data)[1]


def walk(days: pd.DatetimeIndex, seed: int) -> pd.DataFrame:
    """A price file of one ticker."""
    steps = np.random.default_rng(seed).standard_normal(len(days))
    return pd.DataFrame({"date": days, "close": 100.0 + np.cumsum(steps)})


def test_the_lines_load_a_file_that_stands_in_for_a_leg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    walk(pd.bdate_range("2019-01-01", "2022-12-28"), 3).to_csv("cvx.csv", index=False)
    walk(pd.bdate_range("2019-01-01", "2022-12-28"), 4).to_csv("ko.csv", index=False)
    data = DataSettings(own=(keep_own_file("cvx.csv", ticker="cvx"), keep_own_file("ko.csv", ticker="KO")))
    lab = RatioSettings(source="source", legs=("XOM", "CVX"))
    prices = read_legs_of(lab, data)
    assert prices.source == "Sample, CVX from cvx.csv"
    lines = notebook.row_lines(lab, "ols", data, prices.available[1])
    assert len(lines.splitlines()) == 3
    assert "ko.csv" not in lines  # no leg is from it
    scope: dict[str, Any] = {}
    exec(lines, scope)
    assert scope["ratio"].ratios == study_ratio(prices.frame(), "ols").ratios
    assert scope["ratio"].ratios != study_ratio(read_legs_of(lab).frame(), "ols").ratios


@pytest.mark.parametrize("end", [None, dt.date(2030, 1, 1), dt.date(2021, 5, 30)])
def test_the_lines_give_the_same_when_the_source_has_more_days(tmp_path: Path, end: dt.date | None) -> None:
    def write(last: str) -> None:
        for seed, name in enumerate(("SPY", "SH", "AAA", "BBB")):
            walk(pd.bdate_range("2019-01-01", last), seed).to_csv(tmp_path / f"{name}.csv", index=False)

    data = DataSettings(provider="files", folder=str(tmp_path), benchmark="SPY", hedge="SH")
    lab = RatioSettings(source="source", legs=("AAA", "BBB"), period="1y", end=end)
    write("2021-06-30")
    prices = read_legs_of(lab, data)
    lines = notebook.row_lines(lab, "ols", data, prices.available[1])
    table = compare_ratios(prices.frame(), methods=["ols"])
    program = unpacked(export_lab(LabSettings(lab=lab), prices, table, data=data))["notebook.py"].decode()
    write("2021-07-30")
    refresh_prices(data, PortfolioSettings(holdings=(Holding("AAA", 1.0), Holding("BBB", 1.0))))
    assert read_legs_of(RatioSettings(source="source", legs=lab.legs), data).available != prices.available
    scope: dict[str, Any] = {}
    exec(lines, scope)
    assert scope["prices"].equals(prices.frame())
    assert lines.splitlines()[1].removeprefix("prices = ") in program


def test_the_readmes_lines_run_as_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    """Both blocks of the README's section on the lab: line by line, each of them an answer."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("### Hedge ratios in a notebook")[1].split("\n## ")[0]
    blocks = [part.split("```")[0] for part in section.split("```python\n")[1:]]
    assert len(blocks) == 2
    for block in blocks:
        scope: dict[str, Any] = {}
        lines = [line for line in block.splitlines() if line]
        assert len(lines) >= 3
        for line in lines[:2]:
            exec(line, scope)
        for line in lines[2:]:
            assert eval(line, scope) is not None
    assert capsys.readouterr().out == ""
