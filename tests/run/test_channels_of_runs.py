"""What the configuration says of arrays, scans and cohorts of channel data, at once."""

import pytest

from reconattack.run.configuration import check_configuration
from tests.run.test_configuration import DEFAULT, SCHEMA, errors_of, laid_over

FACTS = {
    **{"reference_level": 0, "probe": "linear", "sound_speed": 1540},
    **{"sampling_frequency": "40e6", "center_frequency": 7e6},
}
ARRAY = {"elements": 3, "pitch": 3e-4, "transmit_angles": [-0.1, 0, 0.1]}
SCANNER = FACTS | {"sampling_frequency": 40e6, "array": ARRAY, "scan": {"end_depth": 0.03}}


def simulated(scanner):
    return {
        "cohorts": {"waves": {"kind": "simulated_channel", "scanner": "array", "patients": 4}},
        "scanners": {"array": scanner},
    }


def test_channel_cohorts_pass_and_can_be_judged():
    changes = simulated(SCANNER)
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)
    run = {"cohort": "waves", "training_cohorts": [], "image_cohorts": []}
    check_configuration(laid_over(DEFAULT, changes | {"run": run}), SCHEMA)
    mine = {"cohorts": {"mine": {"kind": "channel", "table": "frames.tsv", "label_of": "frame"}}}
    check_configuration(laid_over(DEFAULT, mine | {"run": run | {"cohort": "mine"}}), SCHEMA)


def test_simulated_channel_data_do_not_train_a_model_of_recorded_ones():
    changes = simulated(SCANNER)
    changes["cohorts"]["mine"] = {"kind": "channel", "table": "frames.tsv"}
    run = {"cohort": "mine", "training_cohorts": ["waves"], "image_cohorts": []}
    (line,) = errors_of(changes | {"run": run})
    assert line.startswith("  run.training_cohorts: 'waves' is simulated")


@pytest.mark.parametrize(
    ("array", "line"),
    [
        ({"transmit_sources": [[0, -1]]}, "array: found transmit_angles and transmit_sources;"),
        ({"start_time": [0, 0]}, "array.start_time: 2 times, and transmit_angles has 3 transmits"),
    ],
)
def test_array_that_contradicts_itself(array, line):
    error, *_ = errors_of(simulated(SCANNER | {"array": ARRAY | array}))
    assert error.startswith(f"  scanners.array.{line}")


@pytest.mark.parametrize(
    ("waves", "line"),
    [
        ({"transmit_delays": [[0, 1e-6], [0, None, 0]]}, "transmit_delays: transmits of 2, 3 elem"),
        ({"transmit_sources": [[0, 0.0], [0, -0.01]]}, "transmit_sources: a source at the depth 0"),
    ],
)
def test_waves_that_cannot_be(waves, line):
    array = {"elements": 3, "pitch": 3e-4} | waves
    (error,) = errors_of(simulated(SCANNER | {"array": array}))
    assert error.startswith(f"  scanners.array.array.{line}")


def test_simulation_needs_an_array_and_all_that_is_missing_is_told_at_once():
    changes = simulated({"reference_level": 0, "probe": "linear", "array": {"pitch": 3e-4}})
    (error,) = errors_of(changes)
    for name in (
        *("sampling_frequency", "center_frequency", "sound_speed", "scan.end_depth"),
        *("array.elements", "array.transmit_angles"),
    ):
        assert f"no {name}" in error or name in error
    assert "no probe" not in error


def test_arrays_are_of_channel_data_alone():
    changes = {"scanners": {"scanner_b": {"scan": {"lines": 4}}}}
    lines = errors_of(changes)
    assert lines and all("scanners.scanner_b has scan, which only channel data" in x for x in lines)


def test_lines_end_below_their_start():
    scanner = SCANNER | {"start_depth": 0.03, "scan": {"end_depth": 0.02}}
    (error,) = errors_of(simulated(scanner))
    assert error.startswith("  scanners.array.scan.end_depth: 0.02 m; expected more than")


def test_what_the_simulation_of_channel_data_does_not_use_is_refused():
    scanner = SCANNER | {"probe": "convex", "simulation": {"lines": 64, "samples": 2592}}
    scanner |= {"probe_radius": 0.05, "angle_span": 1, "array": ARRAY | {"start_time": 1e-6}}
    changes = simulated(scanner)
    changes["cohorts"]["waves"]["frames"] = 4
    lines = errors_of(changes)
    assert [line.split(";")[0] for line in lines] == [
        "  scanners.array: found array.start_time and simulation, which simulated channel data do "
        "not have",
        "  scanners.array.probe: convex",
        "  cohorts.waves.frames: 4",
    ]
