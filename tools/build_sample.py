"""Rebuild core/data/samples/prices.parquet from the data bundled with the skfolio package.

    python tools/build_sample.py            write the sample, its provenance and its licence
    python tools/build_sample.py --check    exit 1 when a stored file differs from a rebuild

skfolio is a development dependency only: the product reads the files this script leaves behind.
"""

import argparse
import importlib.metadata
import io
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from skfolio.datasets import load_sp500_dataset, load_sp500_index

FOLDER = Path(__file__).resolve().parents[1] / "core" / "data" / "samples"
FIRST, LAST = "2006-01-03", "2022-12-28"

# Annual means of the 13-week US T-bill yield (discount basis, per cent a year).
T_BILL = {
    2006: 4.72, 2007: 4.33, 2008: 1.33, 2009: 0.14, 2010: 0.13, 2011: 0.04, 2012: 0.08, 2013: 0.05,
    2014: 0.02, 2015: 0.04, 2016: 0.30, 2017: 0.92, 2018: 1.92, 2019: 2.04, 2020: 0.34, 2021: 0.03,
    2022: 2.00,
}  # fmt: skip

PROVENANCE = """\
# Embedded sample: prices.parquet

Built by `tools/build_sample.py` from the data bundled with skfolio {version} (BSD 3-Clause, text in
`LICENSE-skfolio.txt`). skfolio offers these data for testing and examples; they are here for the same
purpose and are no source for trading.

| column | what it is | origin |
|---|---|---|
| `date` | exchange session | index of the two data sets below |
| `SPX` | S&P 500, price index: dividends are **not** in it | `load_sp500_index` |
| {tickers} | close adjusted for splits and dividends, US dollars | `load_sp500_dataset` |
| `^IRX` | annual means of the 13-week US T-bill yield, per cent a year, two decimals | table in the script |

- Range: {first} to {last}, {rows} sessions, no gaps. Skfolio's data begin in 1990; its prices have three
  decimals, which is too coarse for returns of prices under a dollar, so the sample begins in 2006.
- Stored as float32 and zstd. The reader rounds to three decimals, which gives back the numbers of the origin.
- Real: the index and the 20 stocks. Modelled: `^IRX` is one number a year. The hedge `SH-MODEL` is **not** in
  this file; it is computed from `SPX` and `^IRX` (`core/market.py`) and labelled as modelled.
- No volume, open, high or low. Only the adjusted close is known, so it stands in for the close.
"""


def rebuilt() -> dict[str, bytes]:
    """The files of the sample by name."""
    index = load_sp500_index().loc[FIRST:LAST]
    stocks = load_sp500_dataset().loc[FIRST:LAST]
    if not index.index.equals(stocks.index):
        raise SystemExit("The index and the stocks are not on the same days.")
    days = index.index.to_numpy().astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(int) + 1970
    columns = {"SPX": index["SP500"].to_numpy()}
    columns |= {name: stocks[name].to_numpy() for name in sorted(stocks.columns)}
    columns["^IRX"] = np.array([T_BILL[year] for year in years])
    arrays = {name: np.asarray(values, dtype=np.float32) for name, values in columns.items()}
    table = pa.table({"date": pa.array(days, type=pa.date32())} | {k: pa.array(v) for k, v in arrays.items()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", compression_level=19, use_dictionary=False)
    package = importlib.metadata.distribution("skfolio")
    licence = next(f for f in package.files or () if f.name == "LICENSE")
    text = PROVENANCE.format(
        version=package.version,
        tickers=", ".join(f"`{name}`" for name in sorted(stocks.columns)),
        first=days[0],
        last=days[-1],
        rows=f"{len(days):,}",
    )
    return {
        "prices.parquet": buffer.getvalue(),
        "PROVENANCE.md": text.encode(),
        "LICENSE-skfolio.txt": Path(str(licence.locate())).read_bytes(),
    }


def main(argv: list[str] | None = None) -> int:
    """Write or check the files; 0 when all is well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare instead of write")
    check = parser.parse_args(argv).check
    different = 0
    for name, content in rebuilt().items():
        path = FOLDER / name
        if not check:
            path.write_bytes(content)
            print(f"{name}: {len(content):,} bytes")
        elif not path.is_file() or path.read_bytes() != content:
            print(f"{name} differs from a rebuild.", file=sys.stderr)
            different += 1
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
