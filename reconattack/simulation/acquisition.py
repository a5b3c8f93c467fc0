"""RF lines of a probe: random scatterers, the beam, attenuation, gain and noise.

Line by line convolution: scatterers on the (depth, line) grid are blurred laterally by the beam and
convolved along depth with a pulse whose centre frequency falls with the attenuation on the way. The
depth-dependent pulse is a blend of two neighbours out of a bank of Gaussian pulses.
"""

import numpy as np
from scipy import fft

from reconattack.frames.scanner import Scanner
from reconattack.simulation.acoustics import (
    DECIBELS_PER_NEPER,
    FOCUS_DEPTH,
    FULL_WIDTH_PER_DEVIATION,
    PULSE_DEVIATION,
    attenuated_center,
    attenuation_loss,
    beam_width,
    diffraction_loss,
    one_way_path,
    smooth_field,
)
from reconattack.simulation.anatomy import (
    ATTENUATION,
    Anatomy,
    Reflections,
    Tissue,
)
from reconattack.simulation.patients import Patient, random_stream

# Choice: electronic noise [dB] relative to the diffuse echo of a lean liver at the focus; a typical
# patient's liver has 6 dB over it at 14 cm.
NOISE_LEVEL = -57.0
# Choice: the operator's transmit power brings the depth [m] where the liver is 6 dB over the noise
# between these.
PENETRATION = (0.12, 0.16)
PENETRATION_RATIO = 6.0  # dB
# Choice: the receive filter is wider than the pulse.
RECEIVER_DEVIATION = 1.5 * PULSE_DEVIATION
# Neighbouring pulses of the bank differ by a quarter of the spectrum's standard deviation.
BANK_STEP = 0.25
PULSE_SAMPLES = 64  # zeros after the last sample, so that a pulse does not wrap around
# Choice: slow lateral change of the acoustic window [dB], and the loss at a badly coupled edge.
WINDOW_SPREAD = 1.0
EDGE_LOSS = 12.0
SWITCH_OPENING = 0.002  # m, choice: the receiver is deaf right after transmission
MARGIN = 8  # lines beside the frame, so that the beam sees tissue beyond the first and last line


def acquire(
    anatomy: Anatomy,
    tissue: Tissue,
    patient: Patient,
    scanner: Scanner,
    samples: int,
    focus: float = FOCUS_DEPTH,
) -> np.ndarray:
    """RF samples of one frame.

    Parameters
    ----------
    anatomy
        The wall's layers.
    tissue
        What lies on the probe's grid; its lines are the frame's.
    patient
        Gain, losses and the names of the random streams.
    scanner
        Frequencies [Hz] and geometry.
    samples
        Samples per line.
    focus
        Depth of the transmit focus [m].

    Returns
    -------
    numpy.ndarray
        float32 (samples, lines); 1 is the rms diffuse echo of a lean liver at the focus.
    """
    window_loss = _window_loss(patient, scanner, tissue.level.shape[1])
    noise = noise_level(anatomy, patient, scanner, focus)
    return record(tissue, patient, scanner, samples, focus, window_loss, noise)


def record(
    tissue: Tissue,
    patient: Patient,
    scanner: Scanner,
    samples: int,
    focus: float,
    window_loss: np.ndarray,
    noise: float,
) -> np.ndarray:
    """RF samples of one frame of tissue, with the arguments and the return of `acquire`.

    `window_loss` is that of each line [dB], shape (lines,), and `noise` the level of the noise [dB]
    relative to a lean liver's echo at the focus.
    """
    depth = scanner.depth(samples)
    center = scanner.center_frequency / 1e6
    path = one_way_path(tissue.attenuation, tissue.depth[1] - tissue.depth[0])
    loss = attenuation_loss(center, path)
    loss += (diffraction_loss(tissue.depth, focus) + _wall_loss(patient, tissue.depth))[:, None]
    loss += window_loss
    echoes = scatter(tissue, patient, scanner, depth, focus)
    echoes *= decibels_to_amplitude(-_on_samples(tissue.depth, loss, depth))
    rf = convolve_pulses(echoes, _on_samples(tissue.depth, path, depth), scanner)
    rf += receiver_noise(rf.shape, patient, scanner) * np.float32(decibels_to_amplitude(noise))
    rf *= decibels_to_amplitude(patient.gain)
    return rf * _switch_opening(depth)[:, None]


def scatter(
    tissue: Tissue,
    patient: Patient,
    scanner: Scanner,
    depth: np.ndarray,
    focus: float = FOCUS_DEPTH,
) -> np.ndarray:
    """Scatterers blurred by the beam, and mirror-like reflections; float32 (samples, lines).

    Reflections stay on their lines: adding them coherently across the beam would let only faces
    within some 4 degrees of head-on answer, as if real interfaces were smooth to a wavelength.
    Their fall with the angle of incidence is part of their level.
    """
    level = _on_samples(tissue.depth, tissue.level, depth)
    strength = np.pad(decibels_to_amplitude(level), ((0, 0), (MARGIN, MARGIN)), mode="edge")
    random = random_stream(patient.name, f"speckle {scanner.name}")
    strength *= random.standard_normal(strength.shape, dtype=np.float32)
    width = beam_width_lines(depth, scanner, level.shape[1], patient.wall_thickness, focus)
    diffuse = blur_laterally(strength, width)[:, MARGIN:-MARGIN]
    return diffuse + place_reflections(tissue.reflections, level.shape, scanner)


def beam_width_lines(
    depth: np.ndarray,
    scanner: Scanner,
    lines: int,
    wall_thickness: float,
    focus: float = FOCUS_DEPTH,
) -> np.ndarray:
    """Standard deviation of the beam's profile in lines, shape (samples,)."""
    wavelength = scanner.sound_speed / scanner.center_frequency
    if scanner.probe == "convex":
        spacing = (scanner.probe_radius + depth) * scanner.angle_span / (lines - 1)
    else:
        spacing = scanner.lateral_span / (lines - 1)
    width = beam_width(depth, wavelength, wall_thickness, focus)
    return width / FULL_WIDTH_PER_DEVIATION / spacing


def blur_laterally(scatterers: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Convolve each depth row with a Gaussian beam profile that keeps the power of white noise.

    Parameters
    ----------
    scatterers
        float32 (samples, lines).
    width
        Standard deviation in lines, shape (samples,).
    """
    lines = scatterers.shape[1]
    frequency = 2 * np.pi * fft.rfftfreq(lines).astype(np.float32)
    response = np.exp(-((frequency * width[:, None].astype(np.float32)) ** 2) / 2)
    occurrence = np.full(len(frequency), 2, np.float32)
    occurrence[0] = 1
    occurrence[-1] = 1 if lines % 2 == 0 else 2
    response /= np.sqrt((response**2 * occurrence).sum(axis=1, keepdims=True) / lines)
    return fft.irfft(fft.rfft(scatterers, axis=1) * response, n=lines, axis=1)


def convolve_pulses(echoes: np.ndarray, path: np.ndarray, scanner: Scanner) -> np.ndarray:
    """Convolve each echo with the pulse that its path leaves.

    An echo between two pulses of the bank is shared between them. Both pulses are symmetric about
    the echo, so they add in phase; their overlap exp(-step^2 / 4 s^2) makes the blend a little
    weaker than either, and the shares are scaled up by just that.

    Parameters
    ----------
    echoes
        float32 (samples, lines).
    path
        One-way path A [Np/MHz], same shape.
    scanner
        Sampling and centre frequency [Hz].
    """
    center = scanner.center_frequency / 1e6
    length = fft.next_fast_len(echoes.shape[0] + PULSE_SAMPLES, real=True)
    step = BANK_STEP * PULSE_DEVIATION
    position = (center - attenuated_center(center, path)) / np.float32(step)
    share = position - np.floor(position)
    overlap = np.exp(-(BANK_STEP**2) / 4)
    echoes = echoes / np.sqrt(1 - 2 * share * (1 - share) * (1 - overlap))
    spectrum = np.zeros((length // 2 + 1, echoes.shape[1]), np.complex64)
    least, greatest = position.min(axis=1), position.max(axis=1)
    part = np.zeros((length, echoes.shape[1]), echoes.dtype)
    for pulse in range(int(position.max()) + 2):
        (near,) = np.nonzero((greatest > pulse - 1) & (least < pulse + 1))
        rows = slice(near.min(initial=len(echoes)), near.max(initial=-1) + 1)
        part[rows] = echoes[rows] * np.maximum(1 - np.abs(position[rows] - pulse), 0)
        pulses = fft.rfft(part, axis=0)
        pulses *= pulse_spectrum(center - pulse * step, PULSE_DEVIATION, length, scanner)[:, None]
        spectrum += pulses
        part[rows] = 0
    return fft.irfft(spectrum, length, axis=0)[: echoes.shape[0]]


def receiver_noise(shape: tuple[int, int], patient: Patient, scanner: Scanner) -> np.ndarray:
    """Electronic noise behind the receive filter, unit variance, float32 (samples, lines)."""
    random = random_stream(patient.name, f"noise {scanner.name}")
    noise = random.standard_normal(shape, dtype=np.float32)
    length = fft.next_fast_len(shape[0], real=True)
    center = scanner.center_frequency / 1e6
    spectrum = pulse_spectrum(center, RECEIVER_DEVIATION, length, scanner)
    return fft.irfft(fft.rfft(noise, length, axis=0) * spectrum[:, None], length, axis=0)[
        : shape[0]
    ]


def pulse_spectrum(center: float, deviation: float, length: int, scanner: Scanner) -> np.ndarray:
    """Spectrum of a symmetric Gaussian pulse of unit energy; MHz, float32 (length // 2 + 1,)."""
    frequency = fft.rfftfreq(length, 1e6 / scanner.sampling_frequency)
    spectrum = np.exp(-((frequency - center) ** 2) / (2 * deviation**2))
    return (spectrum / np.sqrt(2 * (spectrum**2).sum() / length)).astype(np.float32)


def noise_level(
    anatomy: Anatomy, patient: Patient, scanner: Scanner, focus: float = FOCUS_DEPTH
) -> float:
    """Noise [dB] of a frame before its gain, relative to the lean liver's echo at the focus."""
    return noise_under(*liver_level(anatomy, patient, scanner, np.array(PENETRATION), focus))


def noise_under(shallow: float, deep: float) -> float:
    """Noise [dB] under echoes whose levels [dB] at the depths of `PENETRATION` are given."""
    return float(np.clip(NOISE_LEVEL, deep - PENETRATION_RATIO, shallow - PENETRATION_RATIO))


def liver_level(
    anatomy: Anatomy,
    patient: Patient,
    scanner: Scanner,
    depth: np.ndarray,
    focus: float = FOCUS_DEPTH,
) -> np.ndarray:
    """Expected level [dB] of the liver's diffuse echo at depths [m], before the gain.

    The way leads through the wall and liver alone.
    """
    thickness = [layer for _, layer in anatomy.layers]
    attenuation = [ATTENUATION[name.split()[-1]] for name, _ in anatomy.layers]
    behind_wall = patient.liver_attenuation * patient.liver_sound_speed / scanner.sound_speed
    steps = np.array([*thickness, 1.0])
    decibels = np.cumsum(100 * steps * np.array([*attenuation, behind_wall]))
    path = np.interp(depth, np.r_[0, np.cumsum(steps)], np.r_[0, decibels]) / DECIBELS_PER_NEPER
    return (
        patient.liver_level
        - attenuation_loss(scanner.center_frequency / 1e6, path)
        - diffraction_loss(depth, focus)
        - _wall_loss(patient, depth)
    )


def decibels_to_amplitude(level: np.ndarray | float) -> np.ndarray | float:
    """Amplitude factor of a level [dB]; float32 stays float32."""
    return 10 ** (level / 20)


def _switch_opening(depth: np.ndarray) -> np.ndarray:
    """Rise of the receiver's gain after transmission, float32; a sharp start would ring."""
    rise = np.clip((depth - depth[0]) / SWITCH_OPENING, 0, 1)
    return (np.sin(np.pi / 2 * rise) ** 2).astype(np.float32)


def _wall_loss(patient: Patient, depth: np.ndarray) -> np.ndarray:
    """Coupling loss, and aberration that builds up on the way through the wall [dB]."""
    share = np.minimum(depth / patient.wall_thickness, 1)
    return patient.coupling_loss + patient.wall_loss * share


def _window_loss(patient: Patient, scanner: Scanner, lines: int) -> np.ndarray:
    """Loss [dB] of each line by the acoustic window: uneven, and poor at one edge."""
    random = random_stream(patient.name, f"window {scanner.name}")
    uneven = WINDOW_SPREAD * smooth_field((lines,), (lines / 12,), random)
    share = np.linspace(0, 1, lines)
    if random.random() < 0.5:
        share = share[::-1]
    lifted = np.clip((share - random.uniform(0.75, 1.0)) / 0.25, 0, 1)
    return uneven + EDGE_LOSS * lifted


def place_reflections(
    reflections: Reflections, shape: tuple[int, int], scanner: Scanner
) -> np.ndarray:
    """Reflections as impulses, each between its two nearest samples; float32 (samples, lines)."""
    spacing = scanner.sound_speed / (2 * scanner.sampling_frequency)
    position = (reflections.depth - scanner.start_depth) / spacing
    inside = (position >= 0) & (position < shape[0] - 1)
    position, line = position[inside], reflections.line[inside]
    amplitude = decibels_to_amplitude(reflections.level[inside]) / _pulse_peak(scanner)
    above = position.astype(int)
    placed = np.zeros(shape, np.float32)
    np.add.at(placed, (above, line), amplitude * (1 - position + above))
    np.add.at(placed, (above + 1, line), amplitude * (position - above))
    return placed


def _pulse_peak(scanner: Scanner) -> float:
    """Peak of the unit-energy pulse over the rms envelope sqrt(2) of unit diffuse echoes."""
    deviation = 1e-6 * scanner.sampling_frequency / (2 * np.pi * PULSE_DEVIATION)
    return float(np.sqrt(2 / (np.sqrt(np.pi) * deviation)) / np.sqrt(2))


def _on_samples(coarse: np.ndarray, values: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Linear interpolation of (coarse depth, line) values at the samples' depths, float32."""
    position = (depth - coarse[0]) / (coarse[1] - coarse[0])
    above = np.clip(position.astype(int), 0, len(coarse) - 2)
    share = (position - above).astype(np.float32)[:, None]
    values = values.astype(np.float32)
    here = values[above]
    return here + share * (values[above + 1] - here)
