from reconattack.evidence.range_names import rounded_inwards


def test_ends_are_never_shown_wider_than_they_are():
    assert rounded_inwards(0.79023, 1.00977, 0.8) == (0.791, 1.009)
    assert rounded_inwards(0.85, 0.95, 0.8) == (0.85, 0.95)
    assert rounded_inwards(9.5, 10.5, 10) == (9.5, 10.5)
    assert rounded_inwards(-301.2, 299.9, 1000) == (-301, 299)
