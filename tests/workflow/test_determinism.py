"""The same bits from another run, in another folder and on another number of cores."""

import dataclasses

from workflow_run import EVERY_RULE


def test_one_core_in_another_folder_gives_the_same_bits(smoke, tmp_path):
    other = dataclasses.replace(smoke, folder=tmp_path)
    other.run(*EVERY_RULE, cores=1)
    assert other.results() == smoke.results()
