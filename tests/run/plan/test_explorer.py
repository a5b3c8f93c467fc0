"""What the explorer and the dossier show."""

import pytest

EXPLORER = {"explorer": {"points": 5}}
LARGE = {"cohorts": {"judged": {"patients": 250}}}


def attacks_in(files):
    return {file["attack"] for file in files}


def test_explorer_shows_every_frame_of_a_small_cohort(plan_of):
    explorer = plan_of().explorer
    assert explorer.frames == [f"judged-{number:03d}" for number in range(6)]
    assert explorer.frames_of("4x0001") == ["judged-004", "judged-005"]


def test_explorer_shows_one_in_three_of_a_large_cohort(plan_of):
    plan = plan_of({**LARGE, **EXPLORER}, frames_per_job=2)
    assert plan.explorer.frames[:2] == ["judged-000", "judged-003"]
    assert len(plan.explorer.frames) == 84
    chunks = {file["path"].rpartition("/")[2] for file in plan.explorer.lattices}
    assert {"2x0000.nc", "2x0001.nc"} <= chunks
    assert "2x0002.nc" not in chunks  # frames 4 and 5


PREFERRED = {
    "steps": ["corners", "nearest", "lattice", "steps"],
    "lattice": ["corners", "nearest", "lattice"],
    "nearest": ["corners", "nearest"],
    "corners": ["corners"],
}


@pytest.mark.parametrize("preferred", PREFERRED)
def test_box_is_that_of_the_preferred_attack(plan_of, preferred):
    own = {"attacks": {preferred: {"parameters": {"beta": {"box": [0.8, 1.0]}}}}}
    plan = plan_of({**own, **EXPLORER}, attacks=PREFERRED[preferred])
    assert plan.explorer.box["beta"] == [0.8, 1.0]


def test_other_parameters_than_the_paper_s_are_not_explored(plan_of):
    explorer = plan_of(EXPLORER, attacks=["each"]).explorer
    assert explorer.box == {}
    assert explorer.lattices == []
    gain = {"attacks": {"steps": {"parameters": {"gain": {"box": [-3, 3]}}}}}
    assert plan_of({**gain, **EXPLORER}, attacks=["steps"]).explorer.files["paths"] == []


def test_explorer_has_lattices_of_its_own_if_asked_for(plan_of):
    assert plan_of().explorer.lattices == []
    files = plan_of(EXPLORER).explorer.lattices
    assert files[0]["path"] == "results/lattices/compact/seed-0/fold-0/4x0000.nc"
    assert len(files) == 4


def test_files_of_the_explorer(plan_of):
    files = plan_of(EXPLORER, attacks=["steps", "lattice", "nearest"]).explorer.files
    assert attacks_in(files["paths"]) == {"steps"}
    assert attacks_in(files["nearest"]) == {"nearest"}
    grids = [file for file in files["lattices"] if "attack" in file]
    assert attacks_in(grids) == {"lattice"}
    assert len(files["lattices"]) == 4 + 4


def test_attacks_by_steps_and_searches_are_shown_in_their_own_boxes(plan_of):
    box = {"beta": {"box": [0.8, 1.0]}}
    narrow = {"attacks": {"narrow": {"method": "zoo", "parameters": box}}}
    explorer = plan_of({**narrow, **EXPLORER}, attacks=["corners", "steps", "narrow"]).explorer
    shown = {attack["name"]: attack for attack in explorer.attacks}
    assert list(shown) == ["steps", "narrow", "corners"]
    assert [attack["steps"] for attack in shown.values()] == [True, True, False]
    assert shown["narrow"]["box"] == {"beta": [0.8, 1.0]}
    assert attacks_in(explorer.files["paths"]) == {"steps", "narrow", "corners"}
    assert explorer.box["beta"] != [0.8, 1.0]


def test_no_explorer_of_images_that_it_cannot_draw(plan_of):
    assert plan_of().explorer.pages == ["results/explorer.html"]
    zoomed = {"reconstruction": {"initial": {"zoom": 2}}}
    assert plan_of(zoomed).explorer.pages == []


def test_dossier_shows_the_first_seed_of_the_first_model(plan_of):
    plan = plan_of(EXPLORER, models=["svm", "compact"], seeds=[3, 0], attacks=["corners", "steps"])
    dossier = plan.explorer.dossier
    files = [file for files in dossier.values() for file in files]
    assert {(file["model"], file["seed"]) for file in files} == {("svm", "3")}
    assert attacks_in(dossier["paths"]) == {"steps"}
    assert dossier["nearest"] == []
    assert attacks_in(dossier["lattices"]) == {"lattice"}


def test_dossier_prefers_a_grid_and_takes_the_first_attack_without_steps(plan_of):
    dossier = plan_of(EXPLORER, attacks=["corners", "lattice", "nearest"]).explorer.dossier
    assert attacks_in(dossier["paths"]) == {"corners"}
    assert attacks_in(dossier["nearest"]) == {"nearest"}
    assert all("/attacks/" in file["path"] for file in dossier["lattices"])
