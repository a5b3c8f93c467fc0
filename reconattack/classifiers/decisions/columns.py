"""Names of columns that tell an answer, in tables of predictions and in records."""

CLASS_PROBABILITY = "probability_"  # before the name of a class
