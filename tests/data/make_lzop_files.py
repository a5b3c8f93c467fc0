"""Write the .lzo files of this folder with the program lzop (Debian package lzop, version 1.04)."""

import os
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def main() -> None:
    blocks = (np.arange(150_000, dtype="<u4") // 64).tobytes()  # more than two blocks of 256 KiB
    compress("lzop_blocks", blocks)
    compress("lzop_blocks_crc32", blocks, "-9", "--crc32")
    compress("lzop_no_checksum", clarius_rf(), "--no-checksum")
    compress("lzop_stored", b"".join(sha256(bytes([i])).digest() for i in range(100)))
    compress("clarius_rf.raw", clarius_rf())


def clarius_rf() -> bytes:
    """A Clarius .raw of 2 frames, 8 lines and 128 samples: RF of distinct numbers."""
    header = np.array([2, 2, 8, 128, 2], "<u4").tobytes()
    frames = np.arange(2 * 8 * 128, dtype="<i2").reshape(2, 8, 128)
    times = np.array([111, 222], "<u8")
    return header + b"".join(t.tobytes() + f.tobytes() for t, f in zip(times, frames, strict=True))


def compress(name: str, content: bytes, *options: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, name)
        plain.write_bytes(content)
        os.utime(plain, (0, 0))  # lzop keeps the time
        subprocess.run(["lzop", "-f", *options, "-o", HERE / f"{name}.lzo", plain], check=True)


if __name__ == "__main__":
    main()
