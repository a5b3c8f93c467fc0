import os
import subprocess
import sys

from reconattack.classifiers.training.instructions import LIMIT, multiplies_bfloat16
from reconattack.classifiers.training.network import training_precision
from tests.places import ROOT

LIFTED = """
import os, sys
from reconattack.classifiers.training import instructions
{before}
instructions.use_all_instructions()
print(instructions.LIMIT in os.environ)
"""


def test_bfloat16_is_used_where_the_processor_has_it_and_no_limit_is_set(tmp_path, monkeypatch):
    described = {"zen4": "flags\t\t: fpu avx2 avx512_bf16\n", "old": "flags\t\t: fpu avx2\n"}
    for name, text in described.items():
        (tmp_path / name).write_text(f"processor\t: 0\n{text}bugs\t\t: spectre_v1\n")
    monkeypatch.delenv(LIMIT, raising=False)
    assert multiplies_bfloat16(tmp_path / "zen4")
    assert not multiplies_bfloat16(tmp_path / "old")
    assert not multiplies_bfloat16(tmp_path / "not Linux")
    monkeypatch.setenv(LIMIT, "AVX2")
    assert not multiplies_bfloat16(tmp_path / "zen4")


def test_only_a_large_network_whose_layers_are_all_trained_is_in_bfloat16(monkeypatch):
    has = "reconattack.classifiers.training.network.multiplies_bfloat16"
    monkeypatch.setattr(has, lambda: True)
    assert training_precision("InceptionResNetV2") == "bfloat16"
    assert training_precision("InceptionResNetV2", "float32") == "float32"
    assert training_precision("InceptionResNetV2", frozen_backbone=True) == "float32"
    assert training_precision("compact") == "float64"


def test_a_limit_is_lifted_before_tensorflow_reads_it_and_kept_afterwards():
    def limited(before):
        command = [sys.executable, "-c", LIFTED.format(before=before)]
        environment = os.environ | {LIMIT: "AVX2"}
        return subprocess.check_output(command, cwd=ROOT, text=True, env=environment).strip()

    assert limited("") == "False"
    assert limited("sys.modules['tensorflow'] = sys") == "True"
