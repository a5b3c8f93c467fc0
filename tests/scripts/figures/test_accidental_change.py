import pandas as pd

from scripts.figures.accidental_change import accidental_change
from tests.figures.test_accidental_change import table_of


def test_the_first_seed_is_drawn(tmp_path):
    table = tmp_path / "accidental.csv"
    files = [tmp_path / name for name in ("f.pdf", "f.png", "g.pdf", "g.png")]
    given = (str(table), 0.5, ["normal", "fatty"], True)
    pd.concat([table_of("m", 3, 0.3), table_of("m", 1, 0.5)]).to_csv(table, index=False)
    accidental_change(*given, *files[:2])
    table_of("m", 1, 0.5).to_csv(table, index=False)
    accidental_change(*given, *files[2:])
    assert files[0].read_bytes().startswith(b"%PDF")
    assert files[1].read_bytes() == files[3].read_bytes()
