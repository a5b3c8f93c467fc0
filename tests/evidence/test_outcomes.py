"""Which frames count, seen in the tables of models."""

import pandas as pd
import pytest

from reconattack.errors import InputError
from tests.evidence.known_networks import FRAMES, LABELS, PLAIN


def test_unlabelled_frames_do_not_count(tabulate_models):
    labels = pd.array([*LABELS[:9], None], "Int64")
    row = tabulate_models({"plain": PLAIN}, labels=labels)[0].loc["plain"]
    assert (row["n_frames"], row["accuracy"]) == (9, pytest.approx(8 / 9))


def test_unread_frames_do_not_count(tabulate_models):
    row = tabulate_models({"plain": PLAIN}, unread=["f5"])[0].loc["plain"]
    assert (row["n_frames"], row["accuracy"]) == (9, pytest.approx(8 / 9))


def test_names_stay_text(tabulate_models):
    numbered = ["7", "007", "NA", "1e3", *FRAMES[4:]]
    assert tabulate_models({"plain": PLAIN}, patients=numbered)[0].loc["plain", "n_patients"] == 10


def test_frames_without_any_label_are_refused(tabulate_models):
    with pytest.raises(InputError, match="plain: no frame that could be read has a label"):
        tabulate_models({"plain": PLAIN}, labels=pd.array([None] * 10, "Int64"))


def test_missing_row_of_an_attack_is_refused(tabulate_models):
    def shorter(attacks, **others):
        return others | {"attacks": attacks.drop(index=3)}

    with pytest.raises(InputError, match="plain, zoo: no success of frame f3 by seed 0"):
        tabulate_models({"plain": PLAIN}, change=shorter)
