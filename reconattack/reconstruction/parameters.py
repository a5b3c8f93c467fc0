"""The parameters of the reconstruction, in the order in which they act.

The paper moves three of them. Each of the others has a neutral value, at which its stage is skipped
and the image is the paper's to the last bit. The modules of
`reconattack.reconstruction.stages.picture` declare the parameters of their own stages.
"""

import importlib
import pkgutil

import numpy as np

from reconattack.reconstruction.parameter import Parameter
from reconattack.reconstruction.stages import picture

SLIDERS = tuple(f"slider_{number}" for number in range(1, 9))
PAPER_PARAMETERS = ("beta", "alpha_lower", "alpha_upper")

BEAM = {  # of frames with channel data; 0 is the way in which the recording was made
    "beam_sound_speed": Parameter(
        "m/s",
        "sound speed of the beamformer's delays; 0 is the frame's own",
        "beam sound speed",
        "beamforming sound speed",
        (0.0, 2000.0),
        neutral=0.0,
    ),
    "f_number": Parameter(
        "1",
        "depth divided by the width of the receive aperture; 0 is the whole aperture",
        "f-number",
        "f-number",
        (0.0, 20.0),
        neutral=0.0,
    ),
    "receive_window": Parameter(
        "1",
        "weights of the receive aperture, from 0 (equal) to 1 (Hann)",
        "receive window",
        "receive window",
        (0.0, 1.0),
        neutral=0.0,
    ),
    "transmits": Parameter(
        "1",
        "number of transmits that are summed; 0 is all that were recorded",
        "transmits",
        "transmits",
        (0.0, np.inf),
        neutral=0.0,
    ),
    "coherence": Parameter(
        "1",
        "share of the coherence factor",
        "coherence factor",
        "coherence factor",
        (0.0, 1.0),
        neutral=0.0,
    ),
}
BAND = {
    "band_shift": Parameter(
        "Hz",
        "centre of the axial band-pass minus the nominal frequency",
        "band shift",
        "band-pass",
        neutral=0.0,
    ),
    "band_sharpness": Parameter(
        "1",
        "nominal frequency divided by the width of the axial band-pass at -6 dB",
        "band sharpness",
        "band-pass",
        (0.0, 10.0),
        neutral=0.0,
    ),
}
COMPENSATION = {
    "beta": Parameter(
        "dB/(cm MHz)", "attenuation coefficient of the compensation", r"$\beta$", "beta"
    ),
    "gain": Parameter("dB", "overall gain", "gain", "gain", neutral=0.0),
    **{
        name: Parameter(
            "dB",
            f"time-gain slider {number} of {len(SLIDERS)}",
            f"slider {number}",
            "time-gain curve",
            neutral=0.0,
        )
        for number, name in enumerate(SLIDERS, 1)
    },
}
GEOMETRY = {
    "sound_speed_shift": Parameter(
        "m/s",
        "sound speed of the depth axis minus the frame's own",
        "sound speed shift",
        "sound speed",
        (-500.0, 500.0),
        neutral=0.0,
    ),
    "zoom": Parameter(
        "1", "magnification about the middle", "zoom", "zoom", (0.25, 4.0), neutral=1.0
    ),
    "aspect": Parameter(
        "1",
        "lateral over axial magnification",
        "pixel aspect",
        "pixel aspect",
        (0.25, 4.0),
        neutral=1.0,
    ),
}
WINDOW = {
    "alpha_lower": Parameter("dB", "lower decibel threshold", r"$\alpha_{lower}$", "alpha_lower"),
    "alpha_upper": Parameter("dB", "upper decibel threshold", r"$\alpha_{upper}$", "alpha_upper"),
}
PICTURE_STAGES = sorted(
    (
        importlib.import_module(f"{picture.__name__}.{module.name}")
        for module in pkgutil.iter_modules(picture.__path__)
    ),
    key=lambda module: module.ORDER,
)
PICTURE = {
    name: parameter for module in PICTURE_STAGES for name, parameter in module.PARAMETERS.items()
}
PARAMETERS = BEAM | BAND | COMPENSATION | GEOMETRY | WINDOW | PICTURE
BEFORE_ENVELOPE = (*BEAM, *BAND)
OF_SAMPLES = (*BEAM, *BAND, "sound_speed_shift")  # those that a finished picture lacks
# Parameters whose slopes reconattack.attacks.white_box.differentiable computes
SLOPED = (*COMPENSATION, *WINDOW, "gamma")
NEUTRAL = {
    name: parameter.neutral
    for name, parameter in PARAMETERS.items()
    if parameter.neutral is not None
}
