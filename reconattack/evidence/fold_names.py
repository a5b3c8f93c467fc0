"""Names in the column `fold` of `universal.csv` that stand for frames of several folds."""

HELD_OUT = "held out"  # all folds, each judged at the setting found on the others
IN_SAMPLE = "in sample"  # all frames, judged at the setting that is best on these very frames
