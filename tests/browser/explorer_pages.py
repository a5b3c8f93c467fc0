"""Sizes of windows, and what the page with two models is made of."""

HOSTILE = "<script>alert(1)</script>"
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {"beta": [0.5, 1.3], "alpha_lower": [5, 15], "alpha_upper": [50, 60]}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 860}
