from reconattack.pages.explorer.drawable import undrawable
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

SHOWN_AT_MOST = 100
# Of a large cohort one in two, three, ...
SHOWN = [
    row["frame"]
    for row in ROWS[RUN["rf_cohort"]][:: -(-len(ROWS[RUN["rf_cohort"]]) // SHOWN_AT_MOST)]
]


def explored(*methods):
    """The first selected attack of these methods that moves nothing but the paper's parameters."""
    attacks = (
        name
        for method in methods
        for name in RUN["attacks"]
        if config["attacks"][name]["method"] == method
        and set(box_of(name)) <= set(PAPER_PARAMETERS)
    )
    return next(attacks, None)


def shown_of(chunk):
    """The frames of a chunk that the explorer shows."""
    names = (row["frame"] for row in rows_of_chunk(RUN["rf_cohort"], chunk))
    return [name for name in names if name in SHOWN]


EXPLORED_ATTACK = explored("zoo", "grid", "minimal", "corners")
EXPLORED_BOX = box_of(EXPLORED_ATTACK) if EXPLORED_ATTACK else {}
LATTICE_FILES = [
    network
    | {
        "path": (
            f"results/lattices/{network['model']}/seed-{network['seed']}/fold-{network['fold']}/"
            f"{chunk}.nc"
        )
    }
    for network in NETWORKS
    for chunk in chunk_names(RUN["rf_cohort"])
    if config.get("explorer") and EXPLORED_BOX and shown_of(chunk)
]
EXPLORED = {
    "lattices": [*LATTICE_FILES, *attack_files(explored("grid"))],
    "paths": attack_files(explored("zoo")),
    "nearest": attack_files(explored("minimal")),
}
EXPLORER = [] if undrawable(RECONSTRUCTION["initial"]) else ["results/explorer.html"]
