"""scikit-learn models on disk: loaded without running code, written as the same bits each time."""

import io
import itertools
import re
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reconattack.errors import InputError, needs_extra
from reconattack.storage import replacing

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
SCHEMA = "schema.json"


def load_model(path: Path | str, trusted: Sequence[str] = ()) -> Any:
    """Load a skops file; raises InputError if it holds types that are not trusted.

    skops trusts some types itself; `trusted` names further ones.
    """
    with needs_extra("formats"):
        import skops.io

    try:
        untrusted = sorted(set(skops.io.get_untrusted_types(file=path)) - set(trusted))
        model = None if untrusted else skops.io.load(path, trusted=list(trusted))
    except Exception as error:  # zip, JSON and the reader of each type have their own errors
        raise InputError(f"cannot be read as skops: {error}") from error
    if untrusted:
        raise InputError(
            f"found the types {', '.join(untrusted)}, which skops does not trust: opening them "
            "could run any code. Expected types that it trusts; where you trust this file, wrap it "
            "as python: package.module:function"
        )
    return model


def save_model(model: Any, path: Path | str) -> None:
    """Write a skops file without the time of writing and without memory addresses.

    The model holds numbers, strings and plain arrays only.
    """
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers = defaultdict(itertools.count(1).__next__)
    schema = re.sub(
        r'("__id__": |"file": ")(\d+)',
        lambda found: f"{found[1]}{numbers[found[2]]}",
        members.pop(SCHEMA).decode(),
    )
    number_of = {f"{address}.npy": number for address, number in numbers.items()}
    arrays = {number_of[name]: content for name, content in members.items()}
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for number, content in sorted(arrays.items()):
            archive.writestr(zipfile.ZipInfo(f"{number}.npy", ZIP_EPOCH), content)
        archive.writestr(zipfile.ZipInfo(SCHEMA, ZIP_EPOCH), schema)


def check_classes(model: Any) -> None:
    """Raise InputError unless the classes of the model are 0 and 1."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        raise InputError(f"found a {type(model).__name__}; expected a fitted classifier")
    if list(classes) != [0, 1]:
        raise InputError(
            f"found the classes {', '.join(map(str, classes))}; expected 0 (normal) and 1 (fatty)"
        )


def use_one_thread(model: Any) -> None:
    """Set a model to one thread: several would add up trees in the order in which they finish."""
    model.set_params(**{name: 1 for name in model.get_params() if name.endswith("n_jobs")})


def description(model: Any) -> str:
    """Names of the steps of a model."""
    steps = getattr(model, "steps", [("", model)])
    return ", ".join(type(step).__name__ for _, step in steps)
