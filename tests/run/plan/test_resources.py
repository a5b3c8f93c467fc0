"""Memory and minutes that jobs request."""

from types import SimpleNamespace

import pytest

from reconattack.reconstruction.beamforming import memory
from reconattack.run.plan.resources import BEAMFORMING


def job(model="compact", attack="corners"):
    return SimpleNamespace(model=model, attack=attack)


REQUESTS = (
    *("judging_memory", "judging_minutes", "attack_memory", "attack_minutes"),
    *("predicting_memory", "predicting_minutes", "training_memory", "training_minutes"),
    "texture_memory",
)


def test_growing_takes_the_frames_of_a_chunk(plan_of):
    growing = plan_of().resources.growing
    assert growing(100, 2.5)(None, 1) == 110
    assert growing(100, 2.5)(None, 3) == 330
    assert growing(2, 0.02, 30)(None, 1) == 3
    assert growing(100)(None, 1) == 100


@pytest.mark.parametrize("request_of", REQUESTS)
def test_every_attempt_requests_as_much_again(plan_of, request_of):
    request = getattr(plan_of().resources, request_of)
    assert request(job(), 1) > 0
    assert request(job(), 2) == 2 * request(job(), 1)
    assert isinstance(request(job(), 1), int)


@pytest.mark.parametrize("request_of", [name for name in REQUESTS if name != "texture_memory"])
def test_large_networks_request_more(plan_of, request_of):
    many = {"cohorts": {"judged": {"patients": 100}}}
    request = getattr(plan_of(many).resources, request_of)
    assert request(job("large"), 1) > request(job(), 1)


def test_memory_of_a_judge(plan_of):
    resources = plan_of(protocol="resubstitution").resources
    assert resources.judging_memory(job(), 1) == 260 + 20 * 4
    assert resources.judging_memory(job("svm"), 1) == 320 + 20 * 4
    assert resources.judging_memory(job("theirs"), 1) == 1500 + 20 * 4


def test_network_with_folds_judges_a_part_of_a_chunk(plan_of):
    assert plan_of(folds=4).resources.judging_memory(job(), 1) == 260 + 20 * 4 * 2 / 4


def test_ensemble_judges_several_images(plan_of):
    resources = plan_of(frames_per_job=1000).resources
    several = resources.judging_minutes(job("ensemble"), 1)
    assert several - 2 == 2 * (resources.judging_minutes(job(), 1) - 2)


def test_white_box_attacks_load_tensorflow(plan_of):
    resources = plan_of().resources
    search = resources.attack_memory(job(), 1)
    assert search == resources.judging_memory(job(), 1)
    assert resources.attack_memory(job(attack="slopes"), 1) == search + 1000
    assert resources.attack_memory(job("large", "slopes"), 1) == (
        resources.attack_memory(job("large"), 1) + 3500
    )


def test_lattices_take_longer(plan_of):
    resources = plan_of(frames_per_job=1000).resources
    search, grid = (resources.attack_minutes(job(attack=name), 1) for name in ("steps", "lattice"))
    assert grid - 2 == 15 * (search - 2)


def test_all_networks_of_a_model_are_open_at_once(plan_of):
    resources = plan_of(models=["compact", "theirs"], seeds=[0, 1]).resources
    assert resources.networks_memory(["compact"]) == 4 * 20
    assert resources.networks_memory() == 4 * 20 + 600


def test_frozen_backbone_costs_one_epoch(plan_of):
    frozen = {"models": {"large": {"frozen_backbone": True}}}
    many = {"cohorts": {"pictures": {"patients": 994}}}
    usual = plan_of(many).resources.training_minutes(job("large"), 1)
    once = plan_of({**frozen, **many}).resources.training_minutes(job("large"), 1)
    assert usual == 20 + 0.1 * 10 * 1000
    assert once == 20 + 0.1 * 1000


def test_all_resources_of_a_job(plan_of):
    resources = plan_of(models=["compact", "product"]).resources
    model = {"cpus_per_task", "mem_mb", "runtime", "rate_limited"}
    assert set(resources.judging) == set(resources.attacking) == set(resources.predicting) == model
    assert resources.judging["cpus_per_task"](job("large")) == 4
    assert resources.judging["rate_limited"](job("product")) == 1
    assert resources.judging["rate_limited"](job()) == 0
    trained = resources.training_network
    assert set(trained) == {"cpus_per_task", "mem_mb", "runtime", "gpu"}
    assert trained["gpu"](job("large")) == 0


@pytest.mark.parametrize("kind", ["judging", "attacking", "predicting"])
def test_jobs_on_channel_data_request_what_beamforming_needs(plan_of, kind):
    """The frames of a chunk as they lie in their file, as much again, and lines of one of them."""
    plan = plan_of({"cohorts": {"judged": {"kind": "simulated_channel"}}})
    frames = SimpleNamespace(size_mb=100)
    asked = getattr(plan.resources, kind)["mem_mb"]
    without = getattr(plan_of().resources, kind)["mem_mb"](job(), 1)
    assert asked(job(), input=frames, attempt=1) == without + BEAMFORMING + 200
    assert asked(job(), input=frames, attempt=2) == 2 * (without + BEAMFORMING + 200)
    needed = memory(elements=128, points=192 * 2048, transmits=75, samples=4096, iq=True)
    assert needed / 2**20 < BEAMFORMING


def test_reading_channel_data_requests_room_for_their_samples(plan_of):
    """Files of 16-bit samples, compressed to half: twice as much as float32, read and written."""
    resources, files = plan_of().resources, SimpleNamespace(size_mb=100)
    assert resources.beamforming(job(), files, attempt=1) == BEAMFORMING + 800
    assert resources.beamforming(job(), files, attempt=2) == 2 * (BEAMFORMING + 800)
