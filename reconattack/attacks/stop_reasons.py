"""Why an attack on a frame ends, or does not begin."""

STOP_REASONS = {
    "flipped": "the classifier left the reference decision",
    "bounds": "the box stops every parameter that the gradient would move",
    "flat": "the gradient is zero",
    "cycle": "the next point had been visited before",
    "step_limit": "the largest number of steps was reached",
    "budget": "the largest number of queries was reached",
    "exhausted": "the search had nothing more to try",
    "certified": "no setting of the box flips the decision: proved",
    "undecided": "the largest number of parts of the box was bounded, which proved not all of them",
    "sampled": "no setting that was drawn flips the decision: a bound of the share, no proof",
    "immune": "what the classifier is shown is the same at every setting: asked once, not searched",
    "wrong_at_start": "the frame was misclassified at the initial parameters: not attacked",
    "not_grave": "no decision counts as a grave change of this frame: not attacked",
    "unreadable": "the frame could not be read: not attacked",
}
NOT_ATTACKED = ("wrong_at_start", "not_grave", "unreadable")
