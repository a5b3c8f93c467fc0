"""Damage to valid files: the same for the same name of a format and number, on every machine."""

import re
from collections.abc import Sequence

import numpy as np

from reconattack.seeds import seed_of

MOST_CHANGES = 3
MOST_BLOCK = 512  # bytes
HEADER = 1024  # bytes; half of all changes fall here
NUMBER = re.compile(rb"(?<![\w.])-?\d+(\.\d+)?([eE][-+]?\d+)?(?![\w.])")
EXTREME_TEXTS = (
    *(b"0", b"-1", b"1", b"3", b"255", b"65536", b"2147483647", b"2147483648", b"4294967295"),
    *(b"9223372036854775807", b"-9223372036854775808", b"99999999999999999999999", b"-0"),
    *(b"1e308", b"-1e308", b"1e-320", b"1e999", b"nan", b"inf", b"", b"0x10", b"1_0", b"1 1 1 1"),
)
EXTREME_NUMBERS = (0, 1, 2, 3, 7, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63)
WIDTHS = (1, 2, 4, 8)


def damaged(valid: bytes, others: Sequence[bytes], name: str, number: int) -> bytes:
    """The `number`th damaged file of a format.

    Parameters
    ----------
    valid
        A valid file.
    others
        Valid files of any format, parts of which may take the place of its own.
    name
        Name of the format.
    """
    generator = np.random.default_rng(seed_of("damaged file", name, number))
    content = valid
    for _ in range(generator.integers(1, MOST_CHANGES + 1)):
        change = CHANGES[generator.integers(len(CHANGES))]
        content = change(content, others, generator)
    return content


def flip_bits(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    """Up to eight single bits."""
    changed = bytearray(content)
    for _ in range(generator.integers(1, 9) if content else 0):
        changed[_place(content, generator)] ^= 1 << int(generator.integers(8))
    return bytes(changed)


def cut_short(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    return content[: _place(content, generator)]


def insert(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    start, length = _place(content, generator), int(generator.integers(1, MOST_BLOCK))
    kind = generator.integers(3)
    block = bytes(length) if kind == 0 else generator.bytes(length) if kind == 1 else b"\xff" * 8
    return content[:start] + block + content[start:]


def delete(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    start = _place(content, generator)
    return content[:start] + content[start + int(generator.integers(1, MOST_BLOCK)) :]


def repeat(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    start = _place(content, generator)
    end = start + int(generator.integers(1, MOST_BLOCK))
    return content[:end] + content[start:]


def replace_text(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    """A number in words, as text headers have it, by an extreme one."""
    found = list(NUMBER.finditer(content))
    if not found:
        return replace_number(content, others, generator)
    start, end = found[generator.integers(len(found))].span()
    extreme = EXTREME_TEXTS[generator.integers(len(EXTREME_TEXTS))]
    return content[:start] + extreme + content[end:]


def replace_number(
    content: bytes, others: Sequence[bytes], generator: np.random.Generator
) -> bytes:
    """A binary number, in either byte order, by an extreme one."""
    width = WIDTHS[generator.integers(len(WIDTHS))]
    extreme = EXTREME_NUMBERS[generator.integers(len(EXTREME_NUMBERS))] % 256**width
    start = _place(content, generator) // width * width
    order = ("little", "big")[generator.integers(2)]
    return content[:start] + extreme.to_bytes(width, order) + content[start + width :]


def splice(content: bytes, others: Sequence[bytes], generator: np.random.Generator) -> bytes:
    """The beginning of this file and the end, or a block, of another."""
    other = others[generator.integers(len(others))]
    start, begin = _place(content, generator), _place(other, generator)
    if generator.integers(2):
        return content[:start] + other[begin:]
    block = other[begin : begin + int(generator.integers(1, MOST_BLOCK))]
    return content[:start] + block + content[start + len(block) :]


CHANGES = (
    *(flip_bits, cut_short, insert, delete, repeat, splice),
    *(replace_text, replace_text, replace_number, replace_number),  # what headers trust
)


def _place(content: bytes, generator: np.random.Generator) -> int:
    length = min(len(content), HEADER) if generator.integers(2) else len(content)
    return int(generator.integers(length)) if length else 0
