"""Public data sets: downloaded by DOI, checked, and listed in a frame table.

The content of the files is unverified: it is known from third parties' readers alone.
"""

import csv
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import scipy.io

from reconattack.errors import InputError
from reconattack.storage import replacing

RETRIES = 3
CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class PublicData:
    """One file of a Zenodo record.

    Attributes
    ----------
    doi
        DOI of the record.
    file
        Name of the file in the record.
    md5
        MD5 of the file, hexadecimal, as third parties state it.
    table
        Name of the frame table that is written into the same folder.
    fields
        Fields of the file's struct array `data` that the table needs.
    rows
        Makes the rows of the table from the elements of `data`.
    """

    doi: str
    file: str
    md5: str
    table: str
    fields: tuple[str, ...]
    rows: Callable[[Sequence[Mapping[str, Any]]], list[dict[str, Any]]]

    @property
    def page(self) -> str:
        """The record's page."""
        return f"https://zenodo.org/records/{self.doi.rsplit('.', 1)[1]}"


def fetch(data: PublicData, folder: Path | str, url: str | None = None) -> Path:
    """Download a data set, unless its file is there, and write its frame table.

    Parameters
    ----------
    data
        One of `PUBLIC_DATA`.
    folder
        Folder of both; it is made if it does not exist.
    url
        Address of the file; None takes its DOI.

    Returns
    -------
    Path
        The frame table.

    Raises
    ------
    InputError
        If the file cannot be downloaded, has another checksum or another content.
    """
    folder = Path(folder)
    path = folder / data.file
    if path.exists():
        _check_file(path, data)
    else:
        _download(data, folder, url)
    table = folder / data.table
    _write_rows(table, data.rows(_read_elements(path, data.fields)))
    return table


def _check_file(path: Path, data: PublicData) -> None:
    found = pooch.file_hash(str(path), alg="md5")
    if found != data.md5:
        raise InputError(
            f"{path}: MD5 is {found}; expected {data.md5}: is it cut short, or another file? "
            f"Compare with {data.page}, move or delete it, and run this command again"
        )


def _download(data: PublicData, folder: Path, url: str | None) -> None:
    """Download and check the file; it gets its name only when it is complete."""
    store = pooch.create(
        path=folder,
        base_url=f"doi:{data.doi}/",
        registry={data.file: f"md5:{data.md5}"},
        urls={} if url is None else {data.file: url},
        retry_if_failed=RETRIES,
    )
    downloader = pooch.DOIDownloader if url is None else pooch.HTTPDownloader
    try:
        store.fetch(data.file, downloader=Repeatable(downloader(True, CHUNK_BYTES)))
    except Exception as error:
        raise InputError(
            f"{data.file} could not be downloaded: {error}\nWhere the network is closed, fetch "
            f"{data.file} (MD5 {data.md5}) from {data.page} elsewhere, put it into {folder}, and "
            "run this command again"
        ) from error


@dataclass(frozen=True)
class Repeatable:
    """A downloader whose temporary failures all make pooch try again."""

    downloader: Callable

    def __call__(self, url: str, output_file: str, store: pooch.Pooch) -> None:
        try:
            self.downloader(url, output_file, store)
        except KeyError as error:
            raise ValueError(f"Zenodo's answer is no record: it has no {error}") from error


def _read_elements(path: Path, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The elements of the struct array `data`, each a dict of some of its fields."""
    try:
        elements = scipy.io.loadmat(path, variable_names=["data"])["data"].ravel(order="F")
        return [{field: element[field] for field in fields} for element in elements]
    except Exception as error:
        raise InputError(
            f"{path}: cannot be read as a MATLAB file with the struct array data and its fields "
            f"{', '.join(fields)}: {type(error).__name__}: {error}"
        ) from error


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0], delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def oasbud_rows(lesions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Two RF frames of each lesion; label 1 malignant, 0 benign.

    Lesions of one id are those of one patient, also if their labels differ (`label_of: frame` in
    config/oasbud.yaml). A patient whose lesions have ids of their own counts as several patients.
    """
    labels = [_label(lesion["class"], "malignant", "benign") for lesion in lesions]
    names = safe_names([_scalar(lesion["id"]) for lesion in lesions], "lesion")
    return [
        {
            "frame": f"oasbud-{index:03d}-{plane}",
            "patient": names[index],
            "label": labels[index],
            "path": OASBUD.file,
            "scanner": "oasbud",
            "variable": f"data[{index}].{plane}",
            "axes": "sample,line",
        }
        for index in range(len(lesions))
        for plane in ("rf1", "rf2")
    ]


def liver_rows(patients: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The B-mode images of each patient; label 1 fatty, 0 normal."""
    labels = [_label(patient["class"], "fatty", "normal") for patient in patients]
    names = safe_names([_scalar(patient["id"]) for patient in patients], "patient")
    return [
        {
            "frame": f"liver-{index:02d}",
            "patient": names[index],
            "label": labels[index],
            "path": LIVER.file,
            "frames": len(patient["images"]),
            "scanner": "liver_public",
            "variable": f"data[{index}].images",
            "axes": "frame,sample,line",
            "fat_fraction": _percent(patient["fat"]),
        }
        for index, patient in enumerate(patients)
    ]


def safe_names(ids: Sequence[Any], kind: str) -> list[str]:
    """A name for each id that is valid in a frame table.

    The same id gives the same name, so that no patient is split between folds. If two ids would
    give one name, the number of the row is added. A row with an empty id has a name of its own.
    """
    given: dict[Hashable, str] = {}
    keys = [_text(identifier) or position for position, identifier in enumerate(ids)]
    for position, key in enumerate(keys):
        if key not in given:
            plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(key)).lstrip("_.-")
            name = f"{kind}-{plain or position}"
            given[key] = f"{name}-row-{position}" if name in given.values() else name
    return [given[key] for key in keys]


def _text(identifier: Any) -> str:
    """An id as text: whole numbers without a point, empty text for a missing id."""
    if isinstance(identifier, float):
        if not np.isfinite(identifier):
            return ""
        return f"{identifier:.15g}"
    return "" if identifier is None else str(identifier).strip()


def _scalar(value: Any) -> Any:
    """The one number or text in a MATLAB array; None if it is empty."""
    flat = np.ravel(value)
    return flat[0].item() if flat.size else None


def _label(value: Any, one: str, zero: str) -> int:
    label = _scalar(value)
    if label not in (0, 1):
        raise InputError(f"class is {label!r}; expected 1 ({one}) or 0 ({zero})")
    return int(label)


def _percent(value: Any) -> str:
    percent = _scalar(value)
    return "" if percent is None or not 0 <= percent <= 100 else f"{percent:g}"


OASBUD = PublicData(
    doi="10.5281/zenodo.545928",
    file="OASBUD.mat",
    md5="e2b770a6ee2f06ebe480ed0962252100",
    table="frames.tsv",
    fields=("id", "class"),
    rows=oasbud_rows,
)
LIVER = PublicData(
    doi="10.5281/zenodo.1009146",
    file="dataset_liver_bmodes_steatosis_assessment_IJCARS.mat",
    md5="c87da28a498eae0f0874408c7ac92524",
    table="images.tsv",
    fields=("id", "class", "fat", "images"),
    rows=liver_rows,
)
PUBLIC_DATA = {"oasbud": OASBUD, "liver": LIVER}
