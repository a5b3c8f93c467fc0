"""Download public data and write its frame table: fetch.py oasbud FOLDER, fetch.py liver FOLDER."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reconattack.errors import InputError
from reconattack.frames.public_data import PUBLIC_DATA, fetch

DESCRIPTION = """\
Download public data from Zenodo, check it, and write the frame table that a run reads.

  oasbud  RF frames of 100 breast lesions, two each, for config/oasbud.yaml:  frames.tsv
  liver   B-mode images of 55 livers, ten each, for config/liver-public.yaml: images.tsv

If the file is already there, it is checked and used.
"""


def main() -> None:
    """Fetch what the command line names, or exit with what has to be done."""
    parser = argparse.ArgumentParser(
        description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", choices=PUBLIC_DATA, help="data to download")
    parser.add_argument("folder", type=Path, help="folder for the file and its table")
    arguments = parser.parse_args()
    try:
        table = fetch(PUBLIC_DATA[arguments.data], arguments.folder)
    except InputError as error:
        sys.exit(str(error))
    print(f"Frame table: {table}")


if __name__ == "__main__":
    main()
