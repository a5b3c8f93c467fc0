"""Small files made to the layout of the public data sets."""

import dataclasses
import hashlib

import numpy as np
import scipy.io

from reconattack.frames.public_data import PUBLIC_DATA, fetch


def write_oasbud(path, lesions=100, samples=90, lines=20):
    """A struct array like OASBUD's: int16 RF of two planes, masks, BI-RADS and class."""
    fields = ["id", "rf1", "rf2", "roi1", "roi2", "birads", "class"]
    random = np.random.default_rng(8)
    data = np.empty((1, lesions), [(field, object) for field in fields])
    for index in range(lesions):
        shape = (samples + index % 3, lines)
        rf = [(1000 * random.standard_normal(shape)).astype(np.int16) for _ in range(2)]
        masks = [np.zeros(shape, np.uint8)] * 2
        data[0, index] = (f"{index:04d}", *rf, *masks, "4a", index % 2)
    scipy.io.savemat(path, {"data": data})
    return data


def write_liver(path, patients=55, images=10, shape=(30, 44)):
    """A struct array like the liver set's: ten B-mode images, class and fat of each patient."""
    random = np.random.default_rng(9)
    data = np.empty((1, patients), [(f, object) for f in ("id", "class", "fat", "images")])
    for index in range(patients):
        fatty = int(index % 3 > 0)
        pixels = random.integers(60 * fatty, 150 + 60 * fatty, (images, *shape)).astype(np.uint8)
        data[0, index] = (index + 1, fatty, 3 + 30 * fatty, pixels)
    scipy.io.savemat(path, {"data": data})
    return data


def lay_out(name, folder, **sizes):
    """Put a small file of a data set and its frame table into a folder, as a download would."""
    data = PUBLIC_DATA[name]
    {"oasbud": write_oasbud, "liver": write_liver}[name](folder / data.file, **sizes)
    digest = hashlib.md5((folder / data.file).read_bytes()).hexdigest()  # noqa: S324
    return fetch(dataclasses.replace(data, md5=digest), folder)
