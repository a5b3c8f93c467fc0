"""The command `reconattack`, also `python -m reconattack`: a first audit, and boxes for a probe."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from reconattack import __version__
from reconattack.errors import InputError, needs_extra
from reconattack.frames.scanner import FACTS, GEOMETRY

TEXTS = {"probe": tuple(GEOMETRY), "gain_state": ("raw", "applied", "removed", "unknown")}
AUDIT = """\
Write the configuration of a first audit beside a frame table, and run it with Snakemake.

What the files state themselves may be left out. Whatever is unknown is asked for at once, before
anything runs. The reference level of each scanner is measured, and the boxes of the attacks are
made to suit its frequency and depth. Nothing is overwritten. Results go into results/ beside the
table, which has to lie outside the checkout of this software."""
EXAMPLE = """\
example:
  reconattack audit frames.tsv --model net.onnx --scanner mine --probe linear \\
      --lateral-span 0.038 --sampling-frequency 40e6 --center-frequency 7.5e6 --sound-speed 1540 \\
      --scaling '{divide: 255}' --resize '{library: pillow, kernel: bilinear}'

docs/your-data.md explains the frame table and every key."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer on the command line; the exit status is 0, or 1 after an error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        with needs_extra("workflow"):
            print(_propose(options) if options.command == "propose" else _audit(options))
    except InputError as error:
        print(f"{parser.prog} {options.command}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reconattack",
        description="Reconattack: can an ultrasound scanner's reconstruction settings flip a "
        "diagnosis? In a notebook: import reconattack as ra.",
    )
    parser.add_argument("--version", action="version", version=f"reconattack {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    _add_audit(commands)
    _add_propose(commands)
    return parser


def _add_audit(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    audit = commands.add_parser(
        "audit",
        help="a first audit of your own frames and model",
        description=AUDIT,
        epilog=EXAMPLE,
        formatter_class=raw,
    )
    audit.add_argument("frames", help="the frame table (.tsv)")
    audit.add_argument("--model", required=True, help="the model: .onnx, .keras or .skops")
    audit.add_argument("--classes", nargs=2, metavar=("ZERO", "ONE"), help="words for the labels")
    audit.add_argument("--settings", help="YAML file with further keys of a configuration")
    audit.add_argument("--cores", type=int, default=2, help="cores to use; default 2")
    _add_checkout(audit)
    facts = audit.add_argument_group("scanner, as far as its files do not state it")
    facts.add_argument("--scanner", help="its name in the frame table, if there are several")
    for name, unit in FACTS.items():
        option = f"--{name.replace('_', '-')}"
        if name in TEXTS:
            facts.add_argument(option, choices=TEXTS[name])
        else:
            facts.add_argument(option, type=float, metavar=unit.upper(), help=f"in {unit}")
    model = audit.add_argument_group("model, as far as its file does not state it")
    model.add_argument("--scaling", help="such as '{divide: 255, mean: 0.5, std: 0.25}'")
    model.add_argument("--resize", help="such as '{library: pillow, kernel: bilinear}'")
    model.add_argument("--input-size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"))


def _add_propose(commands: Any) -> None:
    propose = commands.add_parser(
        "propose",
        help="initial setting and boxes for another probe",
        description="Print an initial beta and boxes of the attacks for a probe, as lines of a "
        "configuration, and what they do in dB at three depths.",
    )
    propose.add_argument(
        "--depth", type=float, required=True, metavar="M", help="of the last sample"
    )
    propose.add_argument(
        "--frequency", type=float, required=True, metavar="HZ", help="centre frequency"
    )
    propose.add_argument(
        "--beta", type=float, help="initial beta [dB/(cm MHz)]; default that of config.yaml"
    )
    _add_checkout(propose)


def _add_checkout(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--checkout", help="folder of the repository, if only the package is installed"
    )


def _audit(options: argparse.Namespace) -> str:
    from reconattack.run.audit import CLASSES, audit

    report = audit(
        options.frames,
        options.model,
        scanner=options.scanner,
        facts=_given(options, FACTS),
        model_settings=_model_settings(options),
        classes=options.classes or CLASSES,
        settings=options.settings,
        checkout=options.checkout,
        cores=options.cores,
    )
    return f"Report: {report}"


def _propose(options: argparse.Namespace) -> str:
    import yaml

    from reconattack.run.audit import checkout_of, default_configuration
    from reconattack.run.proposal import effect, proposal

    config = default_configuration(checkout_of(options.checkout))
    moved = proposal(config, options.frequency, options.depth, options.beta)
    words = (f"# {line}\n" for line in effect(moved, options.frequency, options.depth))
    return "".join(words) + yaml.safe_dump(moved, sort_keys=False, default_flow_style=None)


def _model_settings(options: argparse.Namespace) -> dict[str, Any]:
    settings = _given(options, ["input_size"])
    for name, text in _given(options, ["scaling", "resize"]).items():
        settings[name] = _map(name, text)
    return settings


def _map(name: str, text: str) -> dict[str, Any]:
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = None
    if not isinstance(value, dict):
        raise InputError(f"--{name} {text}: expected keys with values, in braces and in quotes")
    return value


def _given(options: argparse.Namespace, names: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    found = {name: getattr(options, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


if __name__ == "__main__":
    sys.exit(main())
