"""`python -m reconattack --version` names the installed version."""

import argparse

from reconattack import __version__


def main() -> None:
    """Answer on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m reconattack",
        description="The library of Reconattack. Use it in a notebook: import reconattack as ra.",
    )
    parser.add_argument("--version", action="version", version=f"reconattack {__version__}")
    parser.parse_args()
    parser.print_help()


if __name__ == "__main__":
    main()
