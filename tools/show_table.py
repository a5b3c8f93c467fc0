"""Print a table of results, a column for each of its rows: show_table.py FILE."""

import sys

import pandas as pd

if __name__ == "__main__":
    table = pd.read_csv(sys.argv[1], dtype={"fold": str}).T
    print(f"\n{sys.argv[1]}\n{table.to_string(header=False, float_format='{:.3g}'.format)}\n")
