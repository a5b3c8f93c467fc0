"""Sentences on how the numbers of a run are made and on what they do not say."""

import pandas as pd

from reconattack.pages.decision_words import words_of

OF_RF = (
    "Each RF frame is reconstructed to a B-mode image: envelope, attenuation compensation (beta), "
    "logarithmic compression between a lower and an upper threshold, scan conversion."
)
OF_PICTURES = (
    "Each frame is a finished B-mode image. Its grey levels give levels in decibels, by its "
    "declared dynamic range and grey map; those of black and white pixels are filled in. From the "
    "levels it is drawn at other settings: attenuation compensation (beta), and a window between a "
    "lower and an upper threshold."
)
NOT_TOLD_BY_PICTURES = (
    "The frames are finished images. A flip is sure if it does not depend on their black and white "
    "pixels, nor on the error of their dynamic range; the others are possible. This is a test of "
    "some fillings, not a proof. A wrong grey map, compression and the scanner's own filters stay "
    "in an image for good."
)


def limits_of(summary: pd.DataFrame, of_pictures: bool, simulated: bool) -> list[str]:
    """What the numbers of a run do not say, in sentences of plain text.

    Parameters
    ----------
    summary
        The table `summary`.
    of_pictures
        Whether the classified frames are finished images, and not RF frames.
    simulated
        Whether they are simulated.
    """
    return [
        *(
            ["All classified frames are simulated. The results say nothing about patients."]
            if simulated
            else []
        ),
        *([NOT_TOLD_BY_PICTURES] if of_pictures else []),
        "The intervals cover variation between patients, not between trainings: another seed gives "
        "another network and other numbers.",
        "If no flip was found for a frame, there may still be one, unless it is proved that there "
        "is none. A grid knows the points of its lattice only.",
        "The box and the limits of a small change are conventions. Another box gives other rates.",
        words_of(summary).not_attacked,
    ]
