"""Writes the Parquet files of this folder: one table, by five libraries, in the types that people keep it in.

Run it where duckdb, pandas, polars, pyarrow and pyspark are installed; 2.0.1, 3.1.1, 2.1.0, 26.0.1, 3.5.6 wrote these.
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

HERE = Path(__file__).parent
LABEL = [1.5, 2.5, 3.5]
WHOLE = [1, None, 3]
PRICE = [Decimal("1.25"), None, Decimal("-2.50")]
TRUTH = [True, None, False]
SHARE = [0.1, 0.25, 0.5]
COLOR = ["red", "blue", None]
SIZE = [3, 1, 3]


def write_pandas() -> None:
    columns = {
        "y": LABEL,
        "whole": pd.array(WHOLE, dtype="Int64"),
        "price": PRICE,
        "truth": pd.array(TRUTH, dtype="boolean"),
        "share": np.array(SHARE, np.float32),
        "nothing": [None] * 3,
        "color": pd.Categorical(COLOR),
        "size": pd.Categorical(SIZE),
    }
    frame = pd.DataFrame(columns)
    frame.to_parquet(HERE / "pandas.parquet")
    frame.set_index(pd.Index([7, 5, 9])).to_parquet(HERE / "pandas_shuffled.parquet")
    names = pd.MultiIndex.from_arrays([["r", "s", "t"], [1, 2, 3]], names=["town", None])
    frame.set_index(names).to_parquet(HERE / "pandas_named_index.parquet")


def write_polars() -> None:
    columns = [
        pl.Series("y", LABEL),
        pl.Series("whole", WHOLE, dtype=pl.Int8),
        pl.Series("price", PRICE, dtype=pl.Decimal(10, 2)),
        pl.Series("truth", TRUTH),
        pl.Series("share", SHARE, dtype=pl.Float32),
        pl.Series("nothing", [None] * 3),
        pl.Series("color", COLOR, dtype=pl.Enum(["red", "blue"])),
        pl.Series("size", SIZE, dtype=pl.UInt16),
    ]
    pl.DataFrame(columns).write_parquet(HERE / "polars.parquet")


def write_duckdb() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TYPE colors AS ENUM ('red', 'blue')")
    connection.execute(
        "CREATE TABLE t (y DOUBLE, whole HUGEINT, price DECIMAL(38, 3), truth BOOLEAN, share FLOAT, nothing INTEGER, "
        "color colors, size UTINYINT)"
    )
    rows = zip(LABEL, WHOLE, PRICE, TRUTH, SHARE, [None] * 3, COLOR, SIZE, strict=True)
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [list(row) for row in rows])
    connection.execute(f"COPY t TO '{HERE / 'duckdb.parquet'}' (FORMAT parquet)")


def write_pyarrow() -> None:
    table = pa.table(
        {
            "y": pa.array(LABEL, pa.float16()),
            "whole": pa.array(WHOLE, pa.uint64()),
            "price": pa.array(PRICE, pa.decimal256(50, 2)),
            "truth": TRUTH,
            "share": pa.array(SHARE, pa.float32()),
            "nothing": pa.nulls(3),
            "color": pa.array(COLOR, pa.string_view()),
            "size": pa.array(SIZE, pa.decimal32(3, 0)),
        }
    )
    pq.write_table(table, HERE / "pyarrow.parquet")
    bare = table.set_column(6, "color", pa.array(COLOR, pa.large_binary()))
    pq.write_table(bare, HERE / "pyarrow_bare.parquet", store_schema=False)


def write_spark() -> None:
    session = SparkSession.builder.master("local[1]").getOrCreate()
    rows = list(zip(LABEL, WHOLE, PRICE, TRUTH, SHARE, COLOR, SIZE, strict=True))
    schema = "y double, whole byte, price decimal(10, 2), truth boolean, share float, color string, size short"
    session.createDataFrame(rows, schema).coalesce(1).createOrReplaceTempView("t")
    frame = session.sql("SELECT y, whole, price, truth, share, CAST(NULL AS int) nothing, color, size FROM t")
    with tempfile.TemporaryDirectory() as folder:
        frame.write.mode("overwrite").parquet(folder)
        (part,) = Path(folder).glob("*.parquet")
        (HERE / "spark.parquet").write_bytes(part.read_bytes())


if __name__ == "__main__":
    write_pandas()
    write_polars()
    write_duckdb()
    write_pyarrow()
    write_spark()
