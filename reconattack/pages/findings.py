"""Say in plain words which defence the numbers speak for, and what they leave open."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from reconattack.pages.wording import listed, value_with_interval, with_interval

LEVEL = 0.05
WIDE = 0.1  # a difference that may be this great either way is not known to be small


def findings_paragraphs(table: pd.DataFrame, pairs: pd.DataFrame, simulated: bool) -> list[str]:
    """Paragraphs, generated from the numbers alone."""
    models = table.set_index("model")
    (baseline,) = models.index[models["baseline"]]
    return [
        data(models, baseline, simulated),
        *certified(models, of_family(pairs, "grid_certified"), of_family(pairs, "auc"), baseline),
        *moved_cutoffs(models, pairs),
        means(models),
    ]


def of_family(pairs: pd.DataFrame, family: str) -> pd.DataFrame:
    """The rows of one question, by model."""
    return pairs[pairs["family"] == family].set_index("first_model")


def data(models: pd.DataFrame, baseline: str, simulated: bool) -> str:
    """What was judged."""
    own = models.loc[baseline]
    frames = f"{own['n_frames']} labelled frames of {own['n_patients']} patients"
    others = f"{len(models) - 1} {'model' if len(models) == 2 else 'models'}"
    return (
        f"{'Simulated data: ' if simulated else ''}{frames}, {own['n_fatty']} of the frames fatty; "
        f"{others} beside the baseline, {baseline}, whose clean AUC is {with_interval(own, 'auc')} "
        f"and accuracy {with_interval(own, 'accuracy')}."
    )


def certified(
    models: pd.DataFrame, pairs: pd.DataFrame, areas: pd.DataFrame, baseline: str
) -> Iterator[str]:
    """Which models keep more frames right at every lattice setting, and at what cost."""
    known = models[models["grid_certified"].notna()]
    if known.empty:
        yield "The run has no grid: no frame is certified, and nothing is said of robustness."
        return
    for (name, points), of_lattice in known.groupby(["grid", "grid_points"], sort=False):
        yield highest(of_lattice, f"{name}, {int(points):,} points")
    if pairs.empty:
        yield "No model shares the baseline's lattice, so none is compared with it."
        return
    better = [model for model in pairs.index if shown(pairs.loc[model], 1)]
    worse = [model for model in pairs.index if shown(pairs.loc[model], -1)]
    if not better:
        yield (
            f"Of {len(pairs)} compared, none is shown to keep more frames right than the baseline "
            f"({baseline}) at every setting of the lattice."
        )
    for model in better:
        yield gain(models, model, pairs.loc[model]) + cost(models, areas, model)
    for model in worse:
        yield (
            f"{model} keeps fewer frames right at every setting than the baseline: difference "
            f"{difference(pairs.loc[model])}, {p_value(pairs.loc[model])}."
        )
    yield from undecided(pairs.drop(index=[*better, *worse]))


def highest(models: pd.DataFrame, lattice: str) -> str:
    """The model with most frames certified on one lattice, in numbers."""
    top = models["grid_certified"].max()
    best = models.index[models["grid_certified"] == top]
    text = (
        "Grid-certified accuracy, the share of all frames that are right at every setting of the "
        f"lattice ({lattice}), is highest for "
        + "; ".join(
            f"{model}: {with_interval(own, 'grid_certified')}, of fatty frames "
            f"{own['grid_certified_fatty']:.2f}, of normal ones {own['grid_certified_normal']:.2f}"
            for model, own in models.loc[best].iterrows()
        )
        + "."
    )
    text += beside_a_constant(top, models.loc[best[0]])
    immune = [model for model in best if models.loc[model, "immune_by_construction"]]
    if immune:
        text += f" {listed(immune)}: immune by construction, the settings do not reach its input."
    return text


def beside_a_constant(certified: float, model: pd.Series) -> str:
    """A reminder where a model that does not look at its frames would be as robust."""
    if certified > model["constant_accuracy"]:
        return ""
    return (
        f" That is no more than the {model['constant_accuracy']:.2f} of giving every frame the "
        "same answer."
    )


def shown(pair: pd.Series, sign: int) -> bool:
    """Whether a difference is significant after Holm and its interval, seeds included, on one side.

    A difference without an interval has no variance between patients: the p decides.
    """
    ends = np.nan_to_num(pair[["low", "high"]].astype(float), nan=pair["difference"])
    return bool(pair["p_holm"] < LEVEL and (sign * ends > 0).all())


def gain(models: pd.DataFrame, model: str, pair: pd.Series) -> str:
    """How much more a model certifies than the baseline."""
    by_class = ", of ".join(
        f"{label} frames {models.loc[model, f'grid_certified_{label}']:.2f} against "
        f"{models.loc[pair['second_model'], f'grid_certified_{label}']:.2f}"
        for label in ("fatty", "normal")
    )
    return (
        f"{model} keeps more frames right at every setting than the baseline: "
        f"{pair['first']:.2f} against {pair['second']:.2f} of {pair['n']} frames, difference "
        f"{difference(pair)}, {p_value(pair)}; of {by_class}."
        f"{beside_a_constant(pair['first'], models.loc[model])}"
    )


def cost(models: pd.DataFrame, areas: pd.DataFrame, model: str) -> str:
    """What a model's gain costs in clean AUC."""
    if model not in areas.index or np.isnan(areas.loc[model, "difference"]):
        return " What it costs in clean AUC is not known."
    pair = areas.loc[model]
    own, baseline = models.loc[[model, pair["second_model"]], "n_train"]
    trained = f"trained on {own:g} frames, the baseline on {baseline:g}"
    apart = f" ({trained})" if abs(own - baseline) > 0 else ""
    return f" Its clean AUC less the baseline's is {difference(pair)}{apart}{cost_in_words(pair)}."


def cost_in_words(pair: pd.Series) -> str:
    """What the interval of a difference of AUCs carries."""
    if np.isnan(pair[["low", "high"]].astype(float)).any():
        return ""
    if shown(pair, -1):
        return f", a loss ({p_value(pair)})"
    if shown(pair, 1):
        return f", a gain as well ({p_value(pair)})"
    if pair["low"] < -WIDE:
        return f"; no loss is shown, and one of more than {WIDE:g} is left open"
    return f"; no loss is shown, and none of more than {WIDE:g} is left open"


def undecided(pairs: pd.DataFrame) -> Iterator[str]:
    """Of which models no difference to the baseline is shown, by what their intervals allow."""
    wide, narrow = [], []
    for model, pair in pairs.iterrows():
        ends = pair[["low", "high"]].astype(float)
        known = ends.notna().all() and ends.abs().max() <= WIDE
        (narrow if known else wide).append(f"{model} {difference(pair)}")
    if wide:
        yield (
            "The intervals are too wide to say whether these differ from the baseline in "
            f"grid-certified accuracy, differences beyond {WIDE:g} being left open: "
            f"{'; '.join(wide)}."
        )
    if narrow:
        yield (
            f"No difference to the baseline in grid-certified accuracy is shown, and none beyond "
            f"{WIDE:g} is left open by the interval: {'; '.join(narrow)}."
        )


def moved_cutoffs(models: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[str]:
    """Which models trade sensitivity for specificity without a difference of AUC.

    That is what another cut-off does, without another model.
    """
    areas, fatty, normal = (
        of_family(pairs, name) for name in ("auc", "sensitivity", "specificity")
    )
    for model in areas.index.intersection(fatty.index).intersection(normal.index):
        moves = [fatty.loc[model], normal.loc[model]]
        traded = moves[0]["difference"] * moves[1]["difference"] < 0
        sure = all(shown(move, np.sign(move["difference"])) for move in moves)
        as_good = not (shown(areas.loc[model], 1) or shown(areas.loc[model], -1))
        if traded and sure and as_good:
            sensitivity, specificity = (
                f"{move['first']:.2f} against {move['second']:.2f}" for move in moves
            )
            yield (
                f"{model} trades one kind of error for the other: sensitivity {sensitivity} of the "
                f"baseline, specificity {specificity}. No difference of clean AUC is shown, "
                f"{difference(areas.loc[model])}, so it may do no more than move the cut-off."
            ) + recalibration(models.loc[model])


def recalibration(model: pd.Series) -> str:
    """What a cut-off chosen anew at each accidental setting is worth."""
    low, high = model[["accidental_recalibration_gain_low", "accidental_recalibration_gain_high"]]
    if np.isnan([low, high]).any():
        return ""
    change = (
        f" At {model['accidental_settings']} settings drawn from the box its accuracy is "
        f"{model['accidental_accuracy']:.2f}, and with a cut-off chosen anew at each "
        f"{model['accidental_accuracy_recalibrated']:.2f}: difference "
        f"{with_interval(model, 'accidental_recalibration_gain', sign='+')}"
    )
    if low > 0:
        return f"{change}, recovered by recalibration."
    return f"{change}; recalibration is not shown to recover anything."


def means(models: pd.DataFrame) -> str:
    """What the intervals and tests rest on."""
    single = models.index[models["n_seeds"] == 1]
    text = (
        "Brackets hold 95 % intervals from a bootstrap of patients and, of models trained from "
        "several seeds, of seeds; where all frames agree, Wilson's. A difference counts as shown "
        "if p is below 0.05 after Holm's correction over all models and its interval leaves out 0. "
        "Every p takes the trained networks as given. Between the points of a lattice nothing is "
        "proved."
    )
    if len(single):
        text += f" One seed alone: {listed(single)}; other trainings may come out otherwise."
    return text


def difference(pair: pd.Series) -> str:
    return value_with_interval(pair["difference"], pair["low"], pair["high"], sign="+")


def p_value(pair: pd.Series) -> str:
    p = pair["p_holm"]
    return f"p {'< 0.001' if p < 0.001 else f'= {p:.3f}'} ({pair['test']}; after Holm)"
