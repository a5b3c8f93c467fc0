"""TensorFlow set up so that it repeats bit for bit."""


def make_deterministic(seed: int, threads: int) -> None:
    """Set TensorFlow up, once per process and before its first operation.

    Parameters
    ----------
    seed
        Seed of Python, NumPy and TensorFlow: weights, dropout.
    threads
        Threads within and between operations. Results depend on their number in the last bit; what
        a training in float64 ends in does not (`reconattack.classifiers.training.training`).
    """
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
