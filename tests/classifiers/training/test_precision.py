import keras
import numpy as np

from reconattack.classifiers.backends.keras_files import single_precision
from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.precision import calculating_in


def test_layers_calculate_in_bfloat16_and_weights_and_logits_stay_in_single_precision():
    with calculating_in("bfloat16"):
        network = build_network("MobileNetV3Small", (32, 32), dropout=0.5)
    assert keras.config.dtype_policy().name == "float32"
    assert {weights.dtype for weights in network.get_weights()} == {np.dtype("float32")}
    assert {output.dtype for output in network.output.values()} == {"float32"}
    calculated = {layer.compute_dtype for layer in network.layers if "conv" in layer.name}
    assert calculated == {"bfloat16"}
    single = single_precision(network)
    assert {layer.compute_dtype for layer in single.layers} == {"float32"}
    for mine, theirs in zip(network.get_weights(), single.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
