import hashlib
import subprocess
import sys

from reconattack.seeds import seed_of
from tests.places import ROOT


def test_seed_is_the_hash_of_the_names():
    digest = int(hashlib.sha256(b"compact/0/3").hexdigest()[:8], 16)
    assert seed_of("compact", 0, 3) == digest // 2


def test_numbers_and_their_names_give_the_same_seed():
    assert seed_of("compact", "0", "3") == seed_of("compact", 0, 3)


def test_seeds_differ_and_suit_every_library():
    seeds = [seed_of("cohort", number) for number in range(2000)]
    assert len(set(seeds)) == 2000
    assert min(seeds) >= 0
    assert max(seeds) < 2**31


def test_order_of_names_matters():
    assert seed_of("a", "b") != seed_of("b", "a")


def test_seed_is_the_same_in_another_process():
    code = "from reconattack.seeds import seed_of; print(seed_of('frame', 7))"
    root = ROOT
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert int(told.stdout) == seed_of("frame", 7)
