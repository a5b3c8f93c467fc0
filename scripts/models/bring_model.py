"""Probe a model that was trained elsewhere, and note its origin and how it is used."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconattack.classifiers.backends.model_files import check_model_file, model_origin
from reconattack.classifiers.backends.probe import probe, resize_note, resize_question
from reconattack.classifiers.opening import backend_name, open_classifier
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def bring_model(
    declaration: Mapping[str, Any],
    model_settings: Mapping[str, Any],
    model_files: Sequence[str],
    resize: Mapping[str, Any] | None,
    image_rows: int,
    cutoff: float,
    threads: int,
    brought: str,
    show: Callable[[str], None],
) -> None:
    """Open and probe a model, and write the note; an unusable model raises InputError.

    `declaration` is the model's block of the configuration. `model_settings` and `model_files` are
    what attacks open; they differ from the block for a Keras model, which runs as ONNX. If
    B-mode images of `image_rows` have to be resized and nothing says how, `show` asks for it. It
    also tells what the probe found suspicious.
    """
    if "source" in declaration:
        check_model_file(declaration["source"])
    path = next(iter(model_files), None)
    classifier = open_classifier(model_settings, path, resize, threads)
    question = resize_question(classifier, image_rows)
    probed = probe(classifier, cutoff)
    warnings = [f"model {classifier.name} {warning}" for warning in probed["warnings"]]
    for text in filter(None, [question, *warnings]):
        show(text)
    note = {
        **model_origin(declaration),
        "kind": backend_name(model_settings, path),
        **classifier.found,
        "resize": resize_note(classifier),
        "questions": [question] if question else [],
        "probe": probed,
    }
    classifier.log_use()
    with replacing(brought) as temporary:
        temporary.write_text(json.dumps(note, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(bring_model, snakemake)
