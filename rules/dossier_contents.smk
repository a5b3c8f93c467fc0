def first_attack(method):
    """The first network's first attack of a method; None where there is none."""
    own = (
        name
        for name in attacks_of(NETWORKS[0]["model"])
        if config["attacks"][name]["method"] == method
    )
    return next(own, None)


def of_first_model(files):
    """The files of the first model's first seed."""
    first = [NETWORKS[0]["model"], NETWORKS[0]["seed"]]
    return [file for file in files if [file["model"], file["seed"]] == first]


DOSSIER = {
    "paths": of_first_model(
        attack_files(first_attack("zoo") or attacks_of(NETWORKS[0]["model"])[0])
    ),
    "nearest": of_first_model(attack_files(first_attack("minimal"))),
    "lattices": of_first_model(attack_files(first_attack("grid")))
    or [file | {"attack": "lattice"} for file in of_first_model(LATTICE_FILES)],
}
