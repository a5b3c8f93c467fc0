"""Simulated patients: all properties of a patient are drawn from the name alone."""

import hashlib
import re
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

CUT_OFF = 5.0  # % of fat above which a liver counts as fatty; the paper's biopsy cut-off
PREVALENCE = 0.65  # the paper's share of fatty livers
GOLDEN_RATIO = (np.sqrt(5) - 1) / 2

# Choice: a lognormal spread of fat fractions, skewed to low values; its upper 2 % are left out, so
# that the fattest livers hold about 45 %.
FAT_SPREAD = 0.9
FAT_TOP = 0.98

KIDNEY_LEVEL = -0.3  # dB, mean of the renal cortex; see `mean_liver_level`


@dataclass(frozen=True)
class Patient:
    """One simulated patient.

    Attributes
    ----------
    fat_fraction
        Liver fat [%].
    wall_thickness
        Skin to liver capsule [m].
    liver_attenuation
        dB/(cm MHz).
    liver_level, kidney_level
        Diffuse backscatter [dB] relative to a lean liver.
    nakagami_m
        Nakagami parameter of the liver's envelope.
    liver_sound_speed
        m/s.
    wall_loss
        Two-way loss [dB] by aberration in the wall, on top of its attenuation.
    coupling_loss
        Loss [dB] by contact and acoustic window.
    clutter_level
        Reverberation of the wall at the skin [dB] relative to a lean liver.
    gain
        Receive gain of the frame [dB], of echoes and noise alike.
    """

    name: str
    fat_fraction: float
    wall_thickness: float
    liver_attenuation: float
    liver_level: float
    kidney_level: float
    nakagami_m: float
    liver_sound_speed: float
    wall_loss: float
    coupling_loss: float
    clutter_level: float
    gain: float

    @property
    def label(self) -> int:
        """1 fatty (fat fraction above 5 %), 0 normal."""
        return int(self.fat_fraction > CUT_OFF)


def simulate_patient(name: str) -> Patient:
    """Draw the patient called `name`; the same name always gives the same patient.

    The spreads between patients of equal fat are choices: attenuation 0.06 dB/(cm MHz), so that
    normal livers show about 0.05 and the fatty ones, their fat varying, 0.09; liver and cortex
    1.1 dB each, so that the liver-kidney difference keeps the ranges of `mean_liver_level`; loss by
    aberration 1.2 dB per cm of wall; contact 0-4 dB; gain 2.5 dB.
    """
    random = random_stream(name, "patient")
    quantile = even_quantile(name)
    fat = fat_fraction(quantile)
    wall = wall_thickness(quantile, random)
    return Patient(
        name=name,
        fat_fraction=fat,
        wall_thickness=wall,
        liver_attenuation=max(0.45, random.normal(mean_liver_attenuation(fat), 0.06)),
        liver_level=random.normal(mean_liver_level(fat), 1.1),
        kidney_level=random.normal(KIDNEY_LEVEL, 1.1),
        nakagami_m=min(max(random.normal(mean_nakagami_m(fat), 0.03), 0.7), 0.99),
        liver_sound_speed=random.normal(mean_liver_sound_speed(fat), 8),
        wall_loss=max(0.0, random.normal(120 * wall, 1.5)),
        coupling_loss=abs(random.normal(0, 2.0)),
        clutter_level=random.normal(-9, 3),
        gain=random.normal(0, 2.5),
    )


def random_stream(name: str, purpose: str) -> np.random.Generator:
    """Random numbers of one patient for one purpose, seeded by the SHA-256 of both."""
    return np.random.default_rng(int.from_bytes(_digest(f"{name}/{purpose}")))


def even_quantile(name: str) -> float:
    """Place of a patient among all patients, 0 to 1, as that of the fat fraction.

    The trailing number k of the name is the index in a golden-ratio sequence; the rest of the name
    sets its offset. Consecutive k are spread evenly, so that a cohort of any size has close to 65 %
    of fatty livers, and no patient depends on the size.
    """
    stem, number = re.fullmatch(r"(.*?)(\d*)", name, flags=re.DOTALL).groups()
    offset = int.from_bytes(_digest(stem)[:6]) / 2**48
    return (offset + int(number or 0) * GOLDEN_RATIO) % 1.0


def fat_fraction(quantile: float) -> float:
    """Fat fraction [%] at a quantile; exactly `PREVALENCE` of the quantiles lie above 5 %."""
    at_cut_off = ndtri(FAT_TOP * (1 - PREVALENCE))
    deviation = ndtri(FAT_TOP * max(quantile, 1e-6)) - at_cut_off
    return float(CUT_OFF * np.exp(FAT_SPREAD * deviation))


def wall_thickness(quantile: float, random: np.random.Generator) -> float:
    """Abdominal wall [m], 2-5 cm, correlated with fat by 0.3 (choice: obese patients)."""
    common = ndtri(np.clip(quantile, 0.01, 0.99))
    deviation = 0.3 * common + np.sqrt(1 - 0.3**2) * random.standard_normal()
    return float(np.clip(0.033 + 0.008 * deviation, 0.02, 0.05))


def mean_liver_attenuation(fat: float) -> float:
    """Attenuation [dB/(cm MHz)] at a fat fraction [%]: 0.57 lean, 0.27 more in marked steatosis.

    Normal livers have about 0.55 +- 0.05; livers with known or suspected NAFLD 0.90 +- 0.13 and
    0.94 +- 0.15 (Han et al., Eur. Radiol. 2019, 10.1007/s00330-019-06035-9), but by other methods.
    A step of 0.2-0.3 between them is taken as real. The saturating form is a choice.
    """
    return 0.57 + 0.27 * _saturation(fat, 15)


def mean_liver_level(fat: float) -> float:
    """Backscatter of the liver [dB] relative to a lean one, at a fat fraction [%].

    Over the kidney's -0.3 dB it is 1.8 dB at 2 % and 6.1 dB at 13 %, the mean of this cohort's
    fatty livers (liver-kidney difference 1.9 dB in healthy, 6.2 dB in NAFLD livers: Med. Ultrason.
    2013;15:16). The saturating form is a choice.
    """
    return 8.0 * _saturation(fat, 10)


def mean_nakagami_m(fat: float) -> float:
    """Nakagami m: 0.87 in a normal liver at 2.5 MHz, towards 1 with fat (saturation: a choice)."""
    return 0.87 + 0.12 * _saturation(fat, 15)


def mean_liver_sound_speed(fat: float) -> float:
    """Sound speed [m/s]: 1.7 less per 1 % fat, from 1575 in a lean liver (a choice)."""
    return 1575 - 1.7 * fat


def _saturation(fat: float, scale: float) -> float:
    return float(1 - np.exp(-fat / scale))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
