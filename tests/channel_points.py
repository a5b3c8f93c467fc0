"""What the elements of an array receive of points: a pulse for each pair of elements.

Each element is a point that sends the same pulse into all directions; nothing is attenuated. The
times are exact, so that no beamformer and no simulator of others is behind them.
"""

import numpy as np

from reconattack.frames.waves import element_positions, plane_delays, source_delays

SOUND_SPEED, CENTER_FREQUENCY, SAMPLING_FREQUENCY = 1540.0, 5e6, 40e6
ELEMENTS, PITCH, RADIUS = 32, 3e-4, 0.02
POINTS = ((0.0, 0.012), (0.002, 0.018))  # x and z [m]
SAMPLES, START = 1000, 2e-6
DEMODULATION = 5e6


def waves(kind, x, z):
    """Delays of three transmits [s], (transmit, element), and how a scanner declares them."""
    if kind == "plane":
        angles = [-0.1, 0.0, 0.1]
        delays = [plane_delays(x, z, angle, SOUND_SPEED) for angle in angles]
        return _first_at_zero(delays), {"transmit_angles": angles}
    sources = {
        "diverging": [[-0.002, -0.012], [0.0, -0.012], [0.002, -0.012]],
        "focused": [[-0.002, 0.03], [0.0, 0.03], [0.002, 0.03]],
    }[kind]
    delays = [source_delays(x, z, source, SOUND_SPEED) for source in sources]
    return _first_at_zero(delays), {"transmit_sources": sources}


def _first_at_zero(delays):
    return np.array([wave - wave.min() for wave in delays])


def elements(probe):
    return element_positions(ELEMENTS, PITCH, RADIUS if probe == "convex" else None)


def echoes(x, z, delays, points=POINTS, start=START, samples=SAMPLES):
    """RF of each element, float32 (transmit, element, sample), sampled from a time on.

    `start` is one time, or one for each transmit [s].
    """
    begin = np.broadcast_to(start, len(delays))
    received = np.zeros((len(delays), len(x), samples))
    for at_x, at_z in points:
        way = np.hypot(at_x - x, at_z - z) / SOUND_SPEED
        for transmit, fired in enumerate(delays):
            time = begin[transmit] + np.arange(samples) / SAMPLING_FREQUENCY
            sent = np.zeros_like(time)
            for one in (fired + way)[~np.isnan(fired)]:
                sent += _pulse(time - one)
            # Back to each element: the same signal, later by the way.
            spectrum = np.fft.rfft(sent, 2 * samples)
            turns = np.fft.rfftfreq(2 * samples, 1 / SAMPLING_FREQUENCY)[:, np.newaxis] * way
            back = spectrum[:, np.newaxis] * np.exp(-2j * np.pi * turns)
            received[transmit] += np.fft.irfft(back, axis=0)[:samples].T
    return (received / np.abs(received).max()).astype(np.float32)


def _pulse(time):
    return np.exp(-((time * CENTER_FREQUENCY / 0.8) ** 2)) * np.cos(
        2 * np.pi * CENTER_FREQUENCY * time
    )


def demodulated(received, first=0.0, frequency=DEMODULATION):
    """IQ of the same samples, complex64: analytic, and turned back by the carrier.

    `first` is the time of the first sample on the clock that the carrier begins at.
    """
    from scipy.signal import hilbert

    time = first + np.arange(received.shape[-1]) / SAMPLING_FREQUENCY
    analytic = hilbert(received.astype(float), axis=-1)
    return (analytic * np.exp(-2j * np.pi * frequency * time)).astype(np.complex64)
