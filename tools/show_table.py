"""Print a table of results, one column per row, without empty columns: show_table.py FILE."""

import sys

import pandas as pd

if __name__ == "__main__":
    table = pd.read_csv(sys.argv[1], dtype={"fold": str}).dropna(axis=1, how="all").T
    print(f"\n{sys.argv[1]}\n{table.to_string(header=False, float_format='{:.3g}'.format)}\n")
