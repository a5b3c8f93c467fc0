import pandas as pd

from scripts.tables.compare import compare


def test_predictions_are_in_the_order_of_the_protocols(tmp_path):
    frames = {"seed": 0, "frame": ["a", "b"], "patient": ["a", "b"], "label": [1, 0]}
    logits = {"m": [1.0, -1.0], "n": [-1.0, -2.0]}
    paths = []
    for model, values in logits.items():
        table = pd.DataFrame(frames | {"logit": values, "predicted": [int(v > 0) for v in values]})
        paths.append(str(tmp_path / f"{model}.csv"))
        table.to_csv(paths[-1], index=False)
    attacks = pd.DataFrame(
        {"model": ["m", "n"], "seed": 0, "attack": "zoo", "frame": "b", "success": [True, False]}
        | {"stop_reason": ["flipped", "budget"]}
    )
    attacks.to_csv(tmp_path / "attacks.csv", index=False)
    protocols = {"m": "patient_folds", "n": "brought"}
    compare(str(tmp_path / "attacks.csv"), paths, protocols, str(tmp_path / "comparisons.csv"))
    table = pd.read_csv(tmp_path / "comparisons.csv").set_index("family")
    assert table.index.tolist() == ["accuracy", "success", "auc"]
    assert table.loc["accuracy", ["first_model", "first", "second"]].tolist() == ["m", 1, 0.5]
    assert table.loc["success", ["only_first", "n"]].tolist() == [1, 1]
