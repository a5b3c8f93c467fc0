"""Every network that a configuration can name: trained for an epoch, exported, opened, judged.

`make reliability` tries all of them. Other runs try one of each way to scale images and of each
kind of layers.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import psutil
import pytest

from reconattack.classifiers.training.network import SMALLEST_SIDE, declared_network, network_names
from tests.classifiers.training.exported_networks import exported_network

SOME = ("ConvNeXtTiny", "EfficientNetV2B0", "MobileNetV3Small", "ResNet50", "VGG16")
# Memory of networks whose export copies the weights several times [GB].
MEMORY = {"ConvNeXtLarge": 24, "ConvNeXtXLarge": 48, "EfficientNetV2L": 16, "NASNetLarge": 16}


def pytest_generate_tests(metafunc):
    thorough = metafunc.config.getoption("--thorough")
    applications = sorted(SMALLEST_SIDE) if thorough else SOME
    metafunc.parametrize("network", [*network_names(), *applications])


@pytest.fixture(scope="module")
def processes():
    """A process for each network, forked from one that has TensorFlow loaded and nothing computed.

    What TensorFlow and tf2onnx have taken, they do not give back.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([exported_network.__module__])
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
        yield pool


def test_network_goes_through_training_export_and_judgement(network, processes, tmp_path):
    if psutil.virtual_memory().total / 1e9 < MEMORY.get(network, 0):
        pytest.skip(f"{network} needs about {MEMORY[network]} GB of memory")
    side = SMALLEST_SIDE.get(network, 32)
    views = declared_network(network).takes if network in network_names() else ["image"]
    judged = processes.submit(exported_network, network, side, str(tmp_path), views).result()
    assert len(judged) == len(views)
    for spread, difference in judged:
        assert difference < 1e-3 * max(spread, 1e-3)
