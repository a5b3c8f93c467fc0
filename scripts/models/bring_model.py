"""Probe a model that was trained elsewhere and note where it came from and how it is used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconattack.classifiers.backends.model_files import check_model_file, files_of
from reconattack.classifiers.backends.probe import probe
from reconattack.classifiers.opening import kind_of, open_classifier
from reconattack.run.jobs import job
from reconattack.storage import replacing, sha256


def bring_model(
    model: Mapping[str, Any],
    settings: Mapping[str, Any],
    path: str | None,
    resize: Mapping[str, str],
    threads: int,
    output: str,
) -> None:
    """Open and probe a model, which raises InputError if it cannot be used, and write the note.

    `model` is the configuration's entry, `settings` and `path` are what attacks open it by: they
    differ for Keras models, which run as ONNX.
    """
    if "source" in model:
        check_model_file(model["source"])
    classifier = open_classifier(settings, path, resize, threads)
    note = origin(model) | {"kind": kind_of(settings, path), **classifier.found}
    note["probe"] = probe(classifier)
    classifier.log_use()
    with replacing(output) as temporary:
        temporary.write_text(json.dumps(note, indent=2) + "\n")


def origin(model: Mapping[str, Any]) -> dict[str, Any]:
    """Where a model came from: its name, the SHA-256 of its file, and its seed and fold."""
    own, *beside = files_of(model) or [None]
    source = (
        Path(model["source"]).name if "source" in model else model.get("python", model.get("http"))
    )
    note = {"source": source, "sha256": own and sha256(own), "seed": 0, "fold": "all"}
    if beside:
        note["external_data"] = {Path(file).name: sha256(file) for file in beside}
    return note


if __name__ == "__main__":
    with job(snakemake.log[0]):
        bring_model(
            model=snakemake.params.model,
            settings=snakemake.params.settings,
            path=next(iter(snakemake.input.model), None),
            resize=snakemake.params.resize,
            threads=snakemake.params.threads,
            output=snakemake.output.brought,
        )
