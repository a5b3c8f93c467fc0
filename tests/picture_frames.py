"""Picture frames drawn from RF frames, for tests."""

import numpy as np

from reconattack.frames.picture import PictureFacts, build_picture
from reconattack.frames.region import region_of_frame
from reconattack.reconstruction.reconstruction import Reconstruction

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
ROWS = 160


def picture_of(frame, initial=INITIAL, rows=ROWS, text=False, **changes):
    """An RF frame's image at a setting, as a picture frame of known geometry.

    With `text`, white letters stand in a corner outside the scan. `changes` are facts of the
    picture.
    """
    reconstruction = Reconstruction(frame, rows, tuple(initial), initial)
    (image,) = reconstruction.bmode([list(initial.values())])
    region = region_of_frame(frame, rows)
    if text:
        corner = ~region.inside(image.shape)
        corner[12:], corner[:, 20:] = False, False
        image[corner] = np.where(np.indices(image.shape).sum(axis=0) % 3, 0, 230)[corner]
    known = {
        "dynamic_range": initial["alpha_upper"] - initial["alpha_lower"],
        "dynamic_range_error": 0.0,
        "center_frequency": frame.attrs["center_frequency"],
        "pixel": float(np.diff(reconstruction.z[:2])[0]),
    }
    facts = PictureFacts(**known | changes)
    return build_picture(image, region, facts, initial, patient="p", scanner="s", label=1)
