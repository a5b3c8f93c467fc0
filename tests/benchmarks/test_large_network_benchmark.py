from benchmarks import large_network


def test_a_way_is_timed_in_a_process_of_its_own():
    told = large_network._in_process(large_network.LIMITED, "compact", size=32, steps=1)
    assert told["s"] > 0
    assert len(told["weights"]) == 64
