"""The comparison of defences in words: which differences are shown, and which are undecided."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from reconattack.pages.wording import listed, plural, value_with_interval, with_interval

LEVEL = 0.05
WIDE = 0.1  # an interval of a difference that goes beyond this on either side is a wide one


def findings_paragraphs(table: pd.DataFrame, pairs: pd.DataFrame, simulated: bool) -> list[str]:
    """The findings, a paragraph each.

    Parameters
    ----------
    table
        `defences.csv`, a row per model.
    pairs
        `defences_pairs.csv`, a row per model and measure: the model against the baseline.
    simulated
        Whether the test frames are simulated.
    """
    models = table.set_index("model")
    (baseline,) = models.index[models["baseline"]]
    return [
        compared(models, baseline, simulated),
        *certified(
            models, family_rows(pairs, "grid_certified"), family_rows(pairs, "auc"), baseline
        ),
        *moved_cutoffs(models, pairs),
        basis(models),
    ]


def family_rows(pairs: pd.DataFrame, family: str) -> pd.DataFrame:
    """The rows of one measure, by model."""
    return pairs[pairs["family"] == family].set_index("first_model")


def compared(models: pd.DataFrame, baseline: str, simulated: bool) -> str:
    """The test frames, the number of models and the baseline."""
    own = models.loc[baseline]
    frames = f"{own['n_frames']} labelled frames of {own['n_patients']} patients"
    others = f"{plural(len(models) - 1, 'model')} {'is' if len(models) == 2 else 'are'}"
    return (
        f"{'Simulated data: ' if simulated else ''}{frames}, {own['n_fatty']} of the frames fatty. "
        f"{others} compared with the baseline, {baseline}. Its clean AUC is "
        f"{with_interval(own, 'auc')} and its accuracy {with_interval(own, 'accuracy')}."
    )


def certified(
    models: pd.DataFrame, pairs: pd.DataFrame, areas: pd.DataFrame, baseline: str
) -> Iterator[str]:
    """Which models keep more frames correct at every lattice setting, and their cost in AUC."""
    known = models[models["grid_certified"].notna()]
    if known.empty:
        yield "The run has no grid, so no frame is certified and robustness is not known."
        return
    for (name, points), on_lattice in known.groupby(["grid", "grid_points"], sort=False):
        yield highest(on_lattice, f"{name}, {int(points):,} points")
    if pairs.empty:
        yield "No model shares the baseline's lattice, so none is compared with it."
        return
    better = [model for model in pairs.index if is_shown(pairs.loc[model], 1)]
    worse = [model for model in pairs.index if is_shown(pairs.loc[model], -1)]
    if not better:
        yield (
            f"No model is shown to keep more frames correct than the baseline ({baseline}) at "
            f"every setting of the lattice ({len(pairs)} compared)."
        )
    for model in better:
        yield gain(models, model, pairs.loc[model]) + cost(models, areas, model)
    for model in worse:
        yield (
            f"{model} keeps fewer frames correct at every setting than the baseline: difference "
            f"{difference(pairs.loc[model])}, {p_value(pairs.loc[model])}."
        )
    yield from undecided(pairs.drop(index=[*better, *worse]))


def highest(models: pd.DataFrame, lattice: str) -> str:
    """The model or models with the highest grid-certified accuracy on one lattice."""
    top = models["grid_certified"].max()
    best = models.index[models["grid_certified"] == top]
    text = (
        "Grid-certified accuracy is the fraction of all frames that are correct at every setting "
        f"of the lattice ({lattice}). It is highest for "
        + "; ".join(
            f"{model}: {with_interval(own, 'grid_certified')}, fatty frames "
            f"{own['grid_certified_fatty']:.2f}, normal frames {own['grid_certified_normal']:.2f}"
            for model, own in models.loc[best].iterrows()
        )
        + "."
    )
    text += against_a_constant(top, models.loc[best[0]])
    immune = [model for model in best if models.loc[model, "immune_by_construction"]]
    if immune:
        verb, whose = ("is", "its") if len(immune) == 1 else ("are", "their")
        text += (
            f" {listed(immune)} {verb} immune by construction: the settings do not change {whose} "
            "input."
        )
    return text


def against_a_constant(certified: float, model: pd.Series) -> str:
    """A reminder if the same answer for every frame would be as robust."""
    if certified > model["constant_accuracy"]:
        return ""
    return (
        " This is not better than the same answer for every frame, whose accuracy is "
        f"{model['constant_accuracy']:.2f}."
    )


def is_shown(pair: pd.Series, sign: int) -> bool:
    """Whether a difference with this sign is significant after Holm's correction.

    Its interval, which includes the variance between seeds, has to exclude 0 as well. A difference
    without an interval has no variance between patients; then the p value decides.
    """
    ends = np.nan_to_num(pair[["low", "high"]].astype(float), nan=pair["difference"])
    return bool(pair["p_holm"] < LEVEL and (sign * ends > 0).all())


def gain(models: pd.DataFrame, model: str, pair: pd.Series) -> str:
    """The gain of a model over the baseline, in total and by class."""
    by_class = ", ".join(
        f"{label} frames {models.loc[model, f'grid_certified_{label}']:.2f} against "
        f"{models.loc[pair['second_model'], f'grid_certified_{label}']:.2f}"
        for label in ("fatty", "normal")
    )
    return (
        f"{model} keeps more frames correct at every setting than the baseline: "
        f"{pair['first']:.2f} against {pair['second']:.2f} of {pair['n']} frames, difference "
        f"{difference(pair)}, {p_value(pair)}; {by_class}."
        f"{against_a_constant(pair['first'], models.loc[model])}"
    )


def cost(models: pd.DataFrame, areas: pd.DataFrame, model: str) -> str:
    """The cost of a model's gain in clean AUC."""
    if model not in areas.index or np.isnan(areas.loc[model, "difference"]):
        return " Its cost in clean AUC is not known."
    pair = areas.loc[model]
    own, baseline = models.loc[[model, pair["second_model"]], "n_train"]
    trained = f" It was trained on {own:g} frames, the baseline on {baseline:g}."
    return (
        f" Its clean AUC minus the baseline's is {difference(pair)}{cost_in_words(pair)}."
        f"{trained if abs(own - baseline) > 0 else ''}"
    )


def cost_in_words(pair: pd.Series) -> str:
    """What the interval of a difference between AUCs shows."""
    if np.isnan(pair[["low", "high"]].astype(float)).any():
        return ""
    if is_shown(pair, -1):
        return f", a loss, {p_value(pair)}"
    if is_shown(pair, 1):
        return f", a gain as well, {p_value(pair)}"
    if pair["low"] < -WIDE:
        return f"; no loss is shown, but the interval includes a loss of more than {WIDE:g}"
    return f"; no loss is shown, and the interval excludes a loss of more than {WIDE:g}"


def undecided(pairs: pd.DataFrame) -> Iterator[str]:
    """The models without a shown difference from the baseline, by the width of their intervals."""
    wide, narrow = [], []
    for model, pair in pairs.iterrows():
        ends = pair[["low", "high"]].astype(float)
        known = ends.notna().all() and ends.abs().max() <= WIDE
        (narrow if known else wide).append(f"{model} {difference(pair)}")
    if wide:
        yield (
            "The intervals are too wide to say whether these models differ from the baseline in "
            f"grid-certified accuracy; differences beyond {WIDE:g} are not excluded: "
            f"{'; '.join(wide)}."
        )
    if narrow:
        yield (
            "These models show no difference from the baseline in grid-certified accuracy, and the "
            f"intervals exclude differences beyond {WIDE:g}: {'; '.join(narrow)}."
        )


def moved_cutoffs(models: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[str]:
    """The models that trade sensitivity for specificity without a difference in AUC.

    Another cut-off does the same without another model.
    """
    areas, fatty, normal = (
        family_rows(pairs, name) for name in ("auc", "sensitivity", "specificity")
    )
    for model in areas.index.intersection(fatty.index).intersection(normal.index):
        moves = [fatty.loc[model], normal.loc[model]]
        traded = moves[0]["difference"] * moves[1]["difference"] < 0
        sure = all(is_shown(move, np.sign(move["difference"])) for move in moves)
        as_good = not (is_shown(areas.loc[model], 1) or is_shown(areas.loc[model], -1))
        if traded and sure and as_good:
            sensitivity, specificity = (
                f"{move['first']:.2f} against {move['second']:.2f}" for move in moves
            )
            yield (
                f"{model} trades one kind of error for the other: sensitivity {sensitivity} for "
                f"the baseline, specificity {specificity}. No difference in clean AUC is shown: "
                f"{difference(areas.loc[model])}. So it may only move the cut-off."
            ) + recalibration(models.loc[model])


def recalibration(model: pd.Series) -> str:
    """The gain from a cut-off that is chosen again at each accidental setting."""
    low, high = model[["accidental_recalibration_gain_low", "accidental_recalibration_gain_high"]]
    if np.isnan([low, high]).any():
        return ""
    change = (
        f" At {model['accidental_settings']} settings drawn from the box its accuracy is "
        f"{model['accidental_accuracy']:.2f}. With a cut-off that is chosen again at each setting "
        f"it is {model['accidental_accuracy_recalibrated']:.2f}, a difference of "
        f"{with_interval(model, 'accidental_recalibration_gain', sign='+')}"
    )
    if low > 0:
        return f"{change} that recalibration recovers."
    return f"{change}; recalibration is not shown to recover anything."


def basis(models: pd.DataFrame) -> str:
    """How the intervals and tests are made."""
    single = models.index[models["n_seeds"] == 1]
    text = (
        "Parentheses contain 95 % intervals. They come from a bootstrap of patients and, for "
        "models that were trained from several seeds, of seeds. If all frames agree, the interval "
        "is Wilson's. A difference counts as shown if p is below 0.05 after Holm's correction over "
        "all models and its interval excludes 0. Every p value is conditional on the trained "
        "networks. Nothing is proved between the points of a lattice."
    )
    if len(single):
        text += f" Trained from one seed only: {listed(single)}. Another training may differ."
    return text


def difference(pair: pd.Series) -> str:
    return value_with_interval(pair["difference"], pair["low"], pair["high"], sign="+")


def p_value(pair: pd.Series) -> str:
    p = pair["p_holm"]
    return f"p {'< 0.001' if p < 0.001 else f'= {p:.3f}'} ({pair['test']}; after Holm)"
