import sys

from snakemake.settings.types import DeploymentMethod
from snakemake.utils import min_version

from reconattack.run import provenance
from reconattack.run.configuration import check_configuration, container_image
from reconattack.run.processor import keep_to_shared_instructions

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


keep_to_shared_instructions()
check_configuration(config, f"{workflow.basedir}/schemas/config.schema.yaml")
IN_CONTAINERS = DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method
CONTAINER = container_image(config["container"]["image"], workflow.basedir, is_used=IN_CONTAINERS)


container: CONTAINER


report: "report/workflow.rst"


include: "rules/common.smk"
include: "rules/data.smk"
include: "rules/models.smk"
include: "rules/attacks.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


wildcard_constraints:
    cohort=alternatives(config["cohorts"]),
    chunk=r"\d+x\d+",
    model=alternatives(config["models"]),
    attack=alternatives(config["attacks"]),
    seed=r"\d+",
    fold=r"\d+|all",


localrules:
    all,
    figures,
    report,


# Reading all chunks in object storage would fetch all of them.
LOCAL_CHUNKS = ALL_CHUNKS if workflow.storage_settings.default_storage_provider is None else None


onstart:
    images = workflow.dag.container_imgs.values() if IN_CONTAINERS else ()
    provenance.begin_run(
        PROVENANCE, sys.argv, config, workflow.basedir, [image.path for image in images]
    )


onsuccess:
    provenance.end_run(PROVENANCE, True, LOCAL_CHUNKS)


onerror:
    provenance.end_run(PROVENANCE, False, LOCAL_CHUNKS)


rule all:
    default_target: True
    input:
        TABLES,
        FIGURES,
        EXPLORER,
    message:
        "All tables and figures of {RUN[rf_cohort]} are made"


rule figures:
    input:
        FIGURES,
    message:
        "All figures are made"
