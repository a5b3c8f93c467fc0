import subprocess
import sys

import keras
import pytest
import tensorflow as tf

from reconattack.classifiers.backends.determinism import make_deterministic
from tests.places import ROOT


def test_threads_and_deterministic_operations_are_set():
    assert tf.config.threading.get_intra_op_parallelism_threads() == 1
    assert tf.config.threading.get_inter_op_parallelism_threads() == 1
    tf.constant(0)  # the first operation, after which nothing can be set
    with pytest.raises(RuntimeError):
        make_deterministic(0, threads=2)
    keras.utils.set_random_seed(0)


def test_tensorflow_is_imported_only_when_it_is_set_up():
    module = "reconattack.classifiers.backends.determinism"
    check = f"import sys, {module}; assert not {{'tensorflow', 'keras'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
