"""Check a model that was trained elsewhere and note where it came from."""

import json
from pathlib import Path

from reconattack.classifiers.onnx_classifier import OnnxClassifier
from reconattack.jobs import job
from reconattack.storage import replacing, sha256


def bring_model(source: str, output: str) -> None:
    """Open the model, which raises InputError if it is none, and write its name and SHA-256."""
    OnnxClassifier(source)
    note = {"source": Path(source).name, "sha256": sha256(source), "seed": 0, "fold": "all"}
    with replacing(output) as temporary:
        temporary.write_text(json.dumps(note, indent=2) + "\n")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        bring_model(source=snakemake.input.model, output=snakemake.output.brought)
