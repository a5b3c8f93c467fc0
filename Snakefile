import os
import sys

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

ROOT = os.fspath(workflow.current_basedir)
# The library is that of this folder, even if the importing workflow has loaded an installed copy.
sys.path.insert(0, ROOT)
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "reconattack":
        if not (module.__file__ or "").startswith(f"{ROOT}/"):
            del sys.modules[name]

try:
    min_version("9.0")
    from snakemake.settings.types import DeploymentMethod

    from reconattack.run import provenance
    from reconattack.run.as_module import let_jobs_import, with_defaults
    from reconattack.run.configuration import check_configuration, container_image
    from reconattack.run.configuration_files import check_files
    from reconattack.run.ending import if_nothing_is_done
    from reconattack.run.processor import keep_to_shared_instructions
    from reconattack.run.typed_values import typed_values
except (ModuleNotFoundError, WorkflowError) as error:
    raise WorkflowError(
        f"{sys.executable} is not the environment of this workflow: {str(error).rstrip('.')}. In "
        f'{ROOT}: make environment; export PATH="$PWD/.venv/bin:$PATH"'
    )


configfile: f"{ROOT}/config.yaml"


if workflow.modifier.skip_configfile:  # of a module that was given its configuration
    config = with_defaults(config, f"{ROOT}/config.yaml")
else:
    check_files(workflow.configfiles)
let_jobs_import(ROOT)
keep_to_shared_instructions()
config = typed_values(config, f"{ROOT}/schemas/config.schema.yaml")
check_configuration(config, f"{ROOT}/schemas/config.schema.yaml")
IN_CONTAINERS = DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method
CONTAINER = container_image(config["container"]["image"], ROOT, is_used=IN_CONTAINERS)


container: CONTAINER


report: "report/workflow.rst"


include: "rules/common.smk"


wildcard_constraints:
    cohort=alternatives(config["cohorts"]),
    chunk=r"\d+x\d+",
    model=alternatives(config["models"]),
    attack=alternatives(config["attacks"]),
    seed=r"\d+",
    fold=r"\d+|all",


# The first rule is the default target, also of a workflow that imports this one.
rule all:
    input:
        plan.results.tables,
        plan.figures.paths,
        plan.explorer.pages,
        plan.report.pages,
        plan.card.paths,
        plan.checklists.tables,
        plan.checklists.pages,
    localrule: True
    message:
        f"All tables and figures of {plan.cohorts.judged} are made"


rule figures:
    input:
        plan.figures.paths,
    localrule: True
    message:
        "All figures are made"


include: "rules/data.smk"
include: "rules/models.smk"
include: "rules/attacks.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


RECORD = placed(PROVENANCE)
# Reading all chunks in object storage would fetch all of them.
LOCAL_CHUNKS = (
    [placed(path) for path in plan.cohorts.all_paths]
    if workflow.storage_settings.default_storage_provider is None
    else None
)


if workflow.is_main_process:
    if_nothing_is_done(answer)


onstart:
    images = workflow.dag.container_imgs.values() if IN_CONTAINERS else ()
    provenance.begin_run(RECORD, sys.argv, config, ROOT, [image.path for image in images])


onsuccess:
    provenance.end_run(RECORD, True, LOCAL_CHUNKS)
    print(answer(), end="", flush=True)


onerror:
    provenance.end_run(RECORD, False, LOCAL_CHUNKS)
