"""A frame of either kind, ready to be drawn: RF samples or a finished picture."""

from collections.abc import Mapping, Sequence

import xarray as xr

from reconattack.frames.picture import is_picture
from reconattack.reconstruction.parameters import PAPER_PARAMETERS, PARAMETERS
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction


def reconstruction_of(
    frame: xr.Dataset,
    rows: int,
    names: Sequence[str] = PAPER_PARAMETERS,
    others: Mapping[str, float] | None = None,
) -> Reconstruction:
    """A frame, ready for reconstruction at any parameter vector.

    Parameters
    ----------
    frame
        An RF frame or a picture frame.
    rows
        Height of the image of an RF frame in pixels; a picture keeps its own.
    names
        The parameters of a vector, in its order.
    others
        Values of further parameters; all that are named nowhere are neutral.
    """
    if is_picture(frame):
        return PictureReconstruction(frame, names, others)
    return Reconstruction(frame, rows, names, others)


def reconstruct(frame: xr.Dataset, parameters: Mapping[str, float], rows: int) -> xr.Dataset:
    """Reconstruct one frame at one setting as a labelled image.

    Parameters
    ----------
    frame
        An RF frame or a picture frame.
    parameters
        Values of the paper's three parameters, and of any other of
        `reconattack.reconstruction.parameters.PARAMETERS`.
    rows
        Height of the image of an RF frame in pixels; a picture keeps its own.

    Returns
    -------
    xarray.Dataset
        `bmode` (z, x) uint8, `sector` (z, x) bool and, for a frame with a mask, `liver` (z, x)
        bool. The parameters are scalar coordinates; `image_attributes` of the frame are attributes.
    """
    names = [name for name in PARAMETERS if name in parameters]
    reconstruction = reconstruction_of(frame, rows, names, parameters)
    return reconstruction.image([parameters[name] for name in names]).assign_coords(
        {name: ((), float(parameters[name]), PARAMETERS[name].attributes) for name in names}
    )
