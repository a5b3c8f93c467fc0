import numpy as np

from reconattack.evidence.knobs import outcome


def test_mistakes_are_counted_of_binary_decisions_alone():
    flipped, labels = np.array([True, True, True, False]), np.array([0, 1, -1, 1])
    binary = outcome(flipped, labels)
    assert (binary["n_flipped"], binary["n_false_alarm"], binary["n_missed_disease"]) == (3, 1, 1)
    other = outcome(flipped, labels, is_binary=False)
    assert other == {name: binary[name] for name in other}
    assert set(binary) - set(other) == {"n_false_alarm", "n_missed_disease"}
