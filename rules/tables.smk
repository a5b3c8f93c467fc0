rule tabulate_attacks:
    input:
        attacks=[file["path"] for file in plan.results.attacks],
    output:
        table="results/tables/attacks.csv",
    log:
        "results/logs/tabulate_attacks.log",
    benchmark:
        "results/benchmarks/tabulate_attacks.tsv"
    threads: 1
    resources:
        mem_mb=growing(220, 0.1, plan.results.records),
        runtime=growing(2, 0.001, plan.results.records),
    params:
        files=plan.results.attacks,
        grids=plan.results.grid_of_path,
        code=library("scripts/tables/tabulate_attacks.py"),
    message:
        "Tabulate the attacks, a row per frame"
    script:
        "../scripts/tables/tabulate_attacks.py"


rule tabulate_boxes:
    input:
        frames=rules.tabulate_frames.output.table,
    output:
        table="results/tables/boxes.csv",
    log:
        "results/logs/tabulate_boxes.log",
    benchmark:
        "results/benchmarks/tabulate_boxes.tsv"
    threads: 1
    resources:
        mem_mb=growing(220, 0.1, plan.results.frames),
        runtime=growing(2),
    params:
        cohort=RUN["cohort"],
        boxes={
            attack: {name: {"box": box} for name, box in plan.attacks.box(attack).items()}
            for attack in RUN["attacks"]
        },
        initial=RECONSTRUCTION["initial"],
        code=library("scripts/tables/tabulate_boxes.py"),
    message:
        "Tabulate the boxes of the attacks, with their changes of level"
    script:
        "../scripts/tables/tabulate_boxes.py"


rule tabulate_grid:
    input:
        attacks=[file["path"] for file in plan.results.grids],
    output:
        table="results/tables/grid.csv",
    log:
        "results/logs/tabulate_grid.log",
    benchmark:
        "results/benchmarks/tabulate_grid.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.grids,
        code=library("scripts/tables/tabulate_grid.py"),
    message:
        "Tabulate the findings of the grids, a row per frame"
    script:
        "../scripts/tables/tabulate_grid.py"


rule summarise:
    input:
        attacks=rules.tabulate_attacks.output.table,
        predictions=plan.results.predictions,
        validation_tables=[file["path"] for file in plan.models.validations()],
    output:
        summary="results/tables/summary.csv",
        performance="results/tables/performance.csv",
    log:
        "results/logs/summarise.log",
    benchmark:
        "results/benchmarks/summarise.tsv"
    threads: 1
    resources:
        mem_mb=growing(280, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        validation=plan.models.validations(),
        protocols={model: plan.models.protocol(model) for model in RUN["models"]},
        cutoff=RUN["cutoff"],
        visible_limit=RUN["visible_limit"],
        grids=plan.results.grid_attacks,
        decision=plan.models.decision,
        code=library("scripts/tables/summarise.py"),
    message:
        "Summarise classification and attacks"
    script:
        "../scripts/tables/summarise.py"


rule tabulate_units:
    input:
        records=[file["path"] for file in plan.results.units],
        attacks=rules.tabulate_attacks.output.table,
        predictions=plan.results.predictions,
    output:
        table="results/tables/units.csv",
        summary="results/tables/units_summary.csv",
    log:
        "results/logs/tabulate_units.log",
    benchmark:
        "results/benchmarks/tabulate_units.tsv"
    threads: 1
    resources:
        mem_mb=growing(280, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.units,
        models=RUN["models"],
        units=plan.cohorts.unit_of_frame(plan.results.unit),
        code=library("scripts/tables/tabulate_units.py"),
    message:
        "Compare one setting for a whole unit with one for each frame"
    script:
        "../scripts/tables/tabulate_units.py"


rule tabulate_confusion:
    input:
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/confusion.csv",
    log:
        "results/logs/tabulate_confusion.log",
    benchmark:
        "results/benchmarks/tabulate_confusion.tsv"
    threads: 1
    resources:
        mem_mb=growing(210, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        classes=plan.models.classes,
        code=library("scripts/tables/tabulate_confusion.py"),
    message:
        "Count the classes of attacked frames before and after each attack"
    script:
        "../scripts/tables/tabulate_confusion.py"


rule compare_with_paper:
    input:
        summary=rules.summarise.output.summary,
    output:
        table="results/tables/paper.csv",
    log:
        "results/logs/compare_with_paper.log",
    benchmark:
        "results/benchmarks/compare_with_paper.tsv"
    threads: 1
    resources:
        mem_mb=growing(260),
        runtime=growing(2),
    params:
        attacks=plan.attacks.stepping or RUN["attacks"],
        data="simulated" if plan.cohorts.is_simulated(RUN["cohort"]) else "frame table",
        study=RUN["study"],
        code=library("scripts/tables/compare_with_paper.py"),
    message:
        "Compare the results of {params.study} with those of this run"
    script:
        "../scripts/tables/compare_with_paper.py"


rule tabulate_timings:
    input:
        tables=(
            rules.compare_with_paper.output.table
            if plan.results.is_binary
            else rules.summarise.output.summary
        ),
        accidental=[table for table in plan.results.tables if "accidental" in table],
    output:
        table="results/tables/timings.csv",
    log:
        "results/logs/tabulate_timings.log",
    threads: 1
    resources:
        mem_mb=growing(270),
        runtime=growing(2),
    params:
        benchmarks=placed("results/benchmarks"),
        code=library("scripts/tables/tabulate_timings.py"),
    message:
        "Tabulate time and memory of each job"
    script:
        "../scripts/tables/tabulate_timings.py"


rule tabulate_accidental:
    input:
        logits=[file["path"] for file in plan.results.accidental],
        admitted=rules.admit_frames.output.table,
    output:
        table="results/tables/accidental.csv",
        summary="results/tables/accidental_summary.csv",
    log:
        "results/logs/tabulate_accidental.log",
    benchmark:
        "results/benchmarks/tabulate_accidental.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.accidental,
        cutoff=RUN["cutoff"],
        decision=plan.models.decision,
        code=library("scripts/tables/tabulate_accidental.py"),
    message:
        "Tabulate the models at accidental settings"
    script:
        "../scripts/tables/tabulate_accidental.py"


rule tabulate_envelope:
    input:
        attacks=[file["path"] for file in plan.results.enveloped],
        logits=[file["path"] for file in plan.results.accidental],
        predictions=plan.results.predictions,
    output:
        table="results/tables/envelope.csv",
    log:
        "results/logs/tabulate_envelope.log",
    benchmark:
        "results/benchmarks/tabulate_envelope.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.2, plan.results.records),
        runtime=growing(2, 0.0012, plan.results.records),
    params:
        files=plan.results.enveloped,
        settings=plan.results.accidental,
        models=RUN["models"],
        boxes=plan.attacks.parameters(),
        finds={attack: plan.attacks.finds(attack) for attack in RUN["attacks"]},
        accidental=(config.get("accidental") or {}).get("parameters"),
        initial=RECONSTRUCTION["initial"],
        cutoff=RUN["cutoff"],
        limit=plan.results.changed_limit,
        code=library("scripts/tables/tabulate_envelope.py"),
    message:
        "Tabulate within which settings at most {params.limit} of the decisions change"
    script:
        "../scripts/tables/tabulate_envelope.py"


rule tabulate_subgroups:
    input:
        attacks=[file["path"] for file in plan.results.enveloped],
        logits=[file["path"] for file in plan.results.accidental],
        predictions=plan.results.predictions,
    output:
        table="results/tables/subgroups.csv",
    log:
        "results/logs/tabulate_subgroups.log",
    benchmark:
        "results/benchmarks/tabulate_subgroups.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.2, plan.results.records),
        runtime=growing(2, 0.0012, plan.results.records),
    params:
        files=plan.results.enveloped,
        settings=plan.results.accidental,
        models=RUN["models"],
        boxes=plan.attacks.parameters(),
        finds={attack: plan.attacks.finds(attack) for attack in RUN["attacks"]},
        accidental=(config.get("accidental") or {}).get("parameters"),
        groups=plan.cohorts.groups,
        cutoff=RUN["cutoff"],
        limit=plan.results.changed_limit,
        code=library("scripts/tables/tabulate_subgroups.py"),
    message:
        "Compare groups of patients"
    script:
        "../scripts/tables/tabulate_subgroups.py"


rule tabulate_repeatability:
    input:
        logits=[file["path"] for file in plan.results.accidental],
    output:
        table="results/tables/repeatability.csv",
    log:
        "results/logs/tabulate_repeatability.log",
    benchmark:
        "results/benchmarks/tabulate_repeatability.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.2, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.accidental,
        code=library("scripts/tables/tabulate_repeatability.py"),
    message:
        "Tabulate how well the scores repeat at settings drawn about the initial one"
    script:
        "../scripts/tables/tabulate_repeatability.py"


rule tabulate_margins:
    input:
        attacks=[file["path"] for file in plan.results.margins],
        grid_records=[
            plan.results.grid_of_path[file["path"]]["path"]
            for file in plan.results.margins
            if file["path"] in plan.results.grid_of_path
        ],
    output:
        table="results/tables/margins.csv",
    log:
        "results/logs/tabulate_margins.log",
    benchmark:
        "results/benchmarks/tabulate_margins.tsv"
    threads: 1
    resources:
        mem_mb=growing(210, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.margins,
        grids={
            file["path"]: plan.results.grid_of_path[file["path"]]
            for file in plan.results.margins
            if file["path"] in plan.results.grid_of_path
        },
        code=library("scripts/tables/tabulate_margins.py"),
    message:
        "Tabulate the margins, a row per frame"
    script:
        "../scripts/tables/tabulate_margins.py"


rule tabulate_proofs:
    input:
        attacks=[file["path"] for file in plan.results.certificates],
    output:
        table="results/tables/proofs.csv",
        summary="results/tables/proofs_summary.csv",
    log:
        "results/logs/tabulate_proofs.log",
    benchmark:
        "results/benchmarks/tabulate_proofs.tsv"
    threads: 1
    resources:
        mem_mb=growing(210, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.certificates,
        code=library("scripts/tables/tabulate_proofs.py"),
    message:
        "Tabulate what is proved of each frame, and of each model"
    script:
        "../scripts/tables/tabulate_proofs.py"


rule compare:
    input:
        attacks=rules.tabulate_attacks.output.table,
        predictions=plan.results.predictions,
    output:
        table="results/tables/comparisons.csv",
    log:
        "results/logs/compare.log",
    benchmark:
        "results/benchmarks/compare.tsv"
    threads: 1
    resources:
        mem_mb=growing(280, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        protocols={model: plan.models.protocol(model) for model in RUN["models"]},
        code=library("scripts/tables/compare.py"),
    message:
        "Compare attacks and models pair by pair on the same frames"
    script:
        "../scripts/tables/compare.py"


rule flag_attacks:
    input:
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/flags.csv",
    log:
        "results/logs/flag_attacks.log",
    benchmark:
        "results/benchmarks/flag_attacks.tsv"
    threads: 1
    resources:
        mem_mb=growing(160, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        definitions={
            name: {"method": config["attacks"][name]["method"], "box": plan.attacks.box(name)}
            | ({"guarded": True} if plan.attacks.is_guarded(name) else {})
            for name in RUN["attacks"]
        },
        code=library("scripts/tables/flag_attacks.py"),
    message:
        "Check the attacks themselves: {output.table}"
    script:
        "../scripts/tables/flag_attacks.py"


rule tabulate_universal:
    input:
        grids=[file["path"] for file in plan.results.grids],
    output:
        table="results/tables/universal.csv",
    log:
        "results/logs/tabulate_universal.log",
    benchmark:
        "results/benchmarks/tabulate_universal.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.grids,
        boxes={
            file["attack"]: config["attacks"][file["attack"]]["parameters"]
            for file in plan.results.grids
        },
        initial=RECONSTRUCTION["initial"],
        code=library("scripts/tables/tabulate_universal.py"),
    message:
        "Choose one setting for all frames and test it on the held-out fold"
    script:
        "../scripts/tables/tabulate_universal.py"


rule tabulate_transfer:
    input:
        judged=[file["path"] for file in plan.results.transfers],
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/transfer.csv",
    log:
        "results/logs/tabulate_transfer.log",
    benchmark:
        "results/benchmarks/tabulate_transfer.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.transfers,
        code=library("scripts/tables/tabulate_transfer.py"),
    message:
        "Count how often settings that flipped one model flip another"
    script:
        "../scripts/tables/tabulate_transfer.py"


rule tabulate_agreement:
    input:
        judged=[file["path"] for file in plan.results.agreements],
    output:
        table="results/tables/agreement.csv",
        summary="results/tables/agreement_summary.csv",
    log:
        "results/logs/tabulate_agreement.log",
    benchmark:
        "results/benchmarks/tabulate_agreement.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.agreements,
        code=library("scripts/tables/tabulate_agreement.py"),
    message:
        "Compare audits of pictures with those of RF"
    script:
        "../scripts/tables/tabulate_agreement.py"


rule tabulate_guard:
    input:
        judged=[file["path"] for file in plan.results.guards],
    output:
        table="results/tables/guard.csv",
        summary="results/tables/guard_summary.csv",
    log:
        "results/logs/tabulate_guard.log",
    benchmark:
        "results/benchmarks/tabulate_guard.tsv"
    threads: 1
    resources:
        mem_mb=growing(280, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.guards,
        attacks={
            model: {name: plan.attacks.is_guarded(name) for name in plan.models.attacks(model)}
            for model in plan.models.guarded
        },
        rates={model: plan.models.guard(model)["false_alarm_rate"] for model in plan.models.guarded},
        code=library("scripts/tables/tabulate_guard.py"),
    message:
        "Tabulate what guards catch, and their false alarms"
    script:
        "../scripts/tables/tabulate_guard.py"


rule tabulate_knobs:
    input:
        attacks=[file["path"] for file in plan.results.knobs],
    output:
        table="results/tables/knobs.csv",
    log:
        "results/logs/tabulate_knobs.log",
    benchmark:
        "results/benchmarks/tabulate_knobs.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0004, plan.results.records),
    params:
        files=plan.results.knobs,
        boxes={name: config["attacks"][name]["parameters"] for name in RUN["attacks"]},
        code=library("scripts/tables/tabulate_knobs.py"),
    message:
        "Count the frames that each control flips, alone and in pairs"
    script:
        "../scripts/tables/tabulate_knobs.py"


rule tabulate_defences:
    input:
        attacks=rules.tabulate_attacks.output.table,
        grid=rules.tabulate_grid.output.table if plan.results.grids else [],
        margins=rules.tabulate_margins.output.table if plan.results.margins else [],
        proofs=rules.tabulate_proofs.output.table if plan.results.proofs else [],
        predictions=plan.results.predictions,
        training_histories=[
            path for model in RUN["models"] for path in plan.models.histories(model)
        ],
        accidental_logits=[file["path"] for file in plan.results.accidental],
    output:
        table="results/tables/defences.csv",
        pairs="results/tables/defences_pairs.csv",
    log:
        "results/logs/tabulate_defences.log",
    benchmark:
        "results/benchmarks/tabulate_defences.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        models={
            model: {
                "kind": plan.models.kind(model),
                "takes": plan.models.takes(model),
                "protocol": plan.models.protocol(model),
                "immune": plan.models.is_immune(model),
            }
            for model in RUN["models"]
        },
        baseline=(config.get("defences") or {}).get("baseline"),
        histories={model: plan.models.histories(model) for model in RUN["models"]},
        accidental=plan.results.accidental,
        zoo=next(iter(plan.attacks.stepping), None),
        cutoff=RUN["cutoff"],
        code=library("scripts/tables/tabulate_defences.py"),
    message:
        "Compare each model with {params.baseline}"
    script:
        "../scripts/tables/tabulate_defences.py"


rule tabulate_defence_timings:
    input:
        timings=rules.tabulate_timings.output.table,
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/defences_timings.csv",
    log:
        "results/logs/tabulate_defence_timings.log",
    threads: 1
    resources:
        mem_mb=growing(270),
        runtime=growing(2),
    params:
        models=RUN["models"],
        searched=plan.results.grid_attacks
        or [name for name in RUN["attacks"] if not plan.attacks.is_guarded(name)],
        code=library("scripts/tables/tabulate_defence_timings.py"),
    message:
        "Tabulate the cost of each model's trainings and queries"
    script:
        "../scripts/tables/tabulate_defence_timings.py"
