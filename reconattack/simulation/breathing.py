"""Clips: the organs of a patient, shifted under the wall by breathing."""

from dataclasses import replace

from reconattack.simulation.anatomy import Anatomy
from reconattack.simulation.patients import Patient, random_stream
from reconattack.simulation.shapes import Ellipse, Tube

# Choices: in quiet breathing the liver moves by about 1 to 3 cm along the body; a view is held for
# most of it, and 6 mm remain. Along the beam it moves less.
ALONG = 0.006  # m, standard deviation along the probe
INTO = 0.0015  # m, standard deviation along the beam


def breathed(anatomy: Anatomy, patient: Patient, frame: int) -> Anatomy:
    """The organs of a patient in another frame of a clip.

    Parameters
    ----------
    anatomy
        The organs in frame 0.
    patient
        The patient, whose name and the number of the frame determine the shift.
    frame
        Number of the frame, from 1.
    """
    random = random_stream(patient.name, f"breathing {frame}")
    along, into = random.normal(0, ALONG), random.normal(0, INTO)

    def moved(shape: Ellipse | Tube) -> Ellipse | Tube:
        return shape.moved(along, into)

    return replace(
        anatomy,
        kidney=moved(anatomy.kidney),
        sinus=moved(anatomy.sinus),
        diaphragm=moved(anatomy.diaphragm),
        vessels=tuple(map(moved, anatomy.vessels)),
    )
