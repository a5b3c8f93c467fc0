"""Convert a brought Keras model to ONNX, so that predictions and attacks never need TensorFlow."""

from collections.abc import Sequence

from reconattack.classifiers.backends.model_files import check_model_file
from reconattack.run.jobs import run_rule


def convert_model(source: str, onnx: str, input_size: Sequence[int] | None) -> None:
    """Write the Keras file `source` as ONNX; a file with code in it is refused."""
    check_model_file(source)
    # TensorFlow prints while it is imported; now that goes to the job's log.
    from reconattack.classifiers.backends.keras_conversion import convert_network

    convert_network(source, onnx, input_size)


if __name__ == "__main__":
    run_rule(convert_model, snakemake)
