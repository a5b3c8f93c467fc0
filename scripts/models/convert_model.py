"""Bring a Keras model to ONNX, so that judging and attacking never need TensorFlow."""

from collections.abc import Sequence

from reconattack.classifiers.backends.model_files import check_model_file
from reconattack.run.jobs import job


def convert_model(source: str, output: str, input_size: Sequence[int] | None) -> None:
    """Write `source` as ONNX; code in it is refused."""
    check_model_file(source)
    # TensorFlow prints while it is imported; by now that goes to the job's log.
    from reconattack.classifiers.backends.keras_conversion import convert_network

    convert_network(source, output, input_size)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        convert_model(
            source=snakemake.input.source,
            output=snakemake.output.onnx,
            input_size=snakemake.params.input_size,
        )
