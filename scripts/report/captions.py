"""Write what the captions of the report say of this run."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.answers import read_tables
from reconattack.pages.captions import caption_texts
from reconattack.pages.decision_words import NO_DECLARATIONS, Declarations
from reconattack.pages.wording import Titles
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def captions(
    tables: Sequence[str],
    names: Sequence[str],
    attack: Mapping[str, object],
    initial: Mapping[str, float],
    classes: Sequence[str],
    visible_limit: Mapping[str, float],
    titles: Titles,
    texts: Sequence[str],
    declarations: Declarations = NO_DECLARATIONS,
    simulated: bool = False,
) -> None:
    """Write the numbers of this run for the captions of figures and tables, as reStructuredText.

    Parameters
    ----------
    tables
        The run's tables.
    names, texts
        The figures and tables, and the file for the caption of each, in the same order.
    attack
        `name` and `box` of the attack that stands for the run.
    initial
        The initial setting.
    classes
        Words for the labels 0 and 1.
    visible_limit
        Limits of a small change of the image.
    titles
        Titles of cohorts, scanners, models, attacks and controls.
    declarations
        The declared decision of each model that is not binary.
    simulated
        Whether the frames that are judged are simulated.
    """
    stored = read_tables(tables)
    captions = caption_texts(
        names, stored, attack, initial, classes, visible_limit, titles, declarations, simulated
    )
    for caption, text in zip(captions, texts, strict=True):
        with replacing(text) as temporary:
            temporary.write_text(caption, encoding="utf-8")


if __name__ == "__main__":
    run_rule(captions, snakemake)
