import pandas as pd
import pytest

from reconattack.evidence.transfer import Counts, Network, counts_by_attack

FIRST, SECOND = Network("m", 0), Network("m", 1)


@pytest.fixture
def tables():
    """Two seeds of a model under two attacks; nothing of the second attack could be tried."""
    keys = ["model", "seed", "attack", "n_success", "n_attacked"]
    own = [("m", 0, "zoo", 10, 20), ("m", 0, "grid", 13, 20)]
    own += [("m", 1, "zoo", 0, 18), ("m", 1, "grid", 0, 18)]
    pairs = [(0, 1, "zoo", 7, 9), (1, 0, "zoo", 0, 0), (0, 1, "grid", 8, 9), (1, 0, "grid", 0, 0)]
    transferred = [
        {"source_model": "m", "source_seed": source, "target_model": "m", "target_seed": target}
        | {"attack": attack, "n_flipped": flipped, "n_tried": tried}
        for source, target, attack, flipped, tried in pairs
    ]
    return pd.DataFrame(own, columns=keys), pd.DataFrame(transferred)


def test_a_models_own_attacks_stand_beside_the_others(tables):
    matrices = counts_by_attack(*tables)
    assert list(matrices) == ["zoo", "grid"]
    assert matrices["zoo"] == {
        (FIRST, FIRST): Counts(10, 20),
        (SECOND, SECOND): Counts(0, 18),
        (FIRST, SECOND): Counts(7, 9),
        (SECOND, FIRST): Counts(0, 0),
    }
