"""Names of the distributions that the settings of `accidental` come from."""

INITIAL = "initial"  # the initial setting alone
DRAWN = ("uniform", "normal")  # settings drawn at random from the box
SWEEP = "sweep_"  # prefix of a sweep; the swept parameter's name follows
