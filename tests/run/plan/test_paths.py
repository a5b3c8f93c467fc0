"""Paths of results, as rules name them and as jobs do."""

import re

from reconattack.run.plan.paths import (
    alternatives,
    attack_path,
    chunk_path,
    of_fold,
    of_network,
    property_path,
)

NETWORK = {"model": "compact", "seed": "0", "fold": "1"}


def test_paths_with_wildcards_become_those_of_a_job():
    wildcards = NETWORK | {"chunk": "4x0001", "attack": "steps"}
    assert of_fold("models").format(**wildcards) == of_fold("models", NETWORK)
    rule = of_network("transfer", suffix="csv")
    assert rule.format(**wildcards) == of_network("transfer", NETWORK, "4x0001", "csv")
    assert attack_path().format(**wildcards) == attack_path(NETWORK, "steps", "4x0001")
    assert chunk_path("bmode").format(cohort="a", chunk="4x0000") == "results/bmode/a/4x0000.nc"


def test_path_of_an_attack():
    expected = "results/attacks/compact/seed-0/fold-1/steps/4x0001.nc"
    assert attack_path(NETWORK, "steps", "4x0001") == expected


def test_path_of_a_property_takes_known_frames_alone():
    path = property_path("onnx", ["f.1", "f2"])
    start = "results/properties/{model}/seed-{seed}/fold-{fold}/{attack}/{frame,"
    assert path.startswith(start)
    assert path.endswith("}.onnx")
    expression = path.removeprefix(start).removesuffix("}.onnx")
    assert re.fullmatch(expression, "f.1")
    assert not re.fullmatch(expression, "f21")


def test_alternatives_match_the_names_and_nothing_else():
    expression = alternatives(["a.b", "c"])
    assert re.fullmatch(expression, "a.b")
    assert re.fullmatch(expression, "c")
    assert not re.fullmatch(expression, "axb")
    assert not re.fullmatch(alternatives([]), "a")
