from reconattack.attacks.method import method_module

GUARDED_ATTACKS = [name for name in config["attacks"] if plan.attacks.is_guarded(name)]
FREE_ATTACKS = [name for name in config["attacks"] if name not in GUARDED_ATTACKS]


rule attack:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        keras=lambda w: (
            as_inputs(plan.models.keras_files(w.model, w.seed, w.fold))
            if plan.attacks.is_white_box(w.attack)
            else []
        ),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
        starts=lambda w: [
            attack_path(dict(w.items()), name, w.chunk)
            for name in plan.attacks.start_from(w.attack)
        ],
    output:
        attacks=attack_path(attack=f"{{attack,{alternatives(FREE_ATTACKS)}}}"),
    log:
        of_network("logs/attack", chunk="{attack}/{chunk}", suffix="log"),
    benchmark:
        of_network("benchmarks/attack", chunk="{attack}/{chunk}", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **plan.resources.attacking,
    params:
        settings=lambda w: config["attacks"][w.attack],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        cutoff=RUN["cutoff"],
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        partial=placed(f"{of_fold('partial')}/{{attack}}/{{chunk}}"),
        code=lambda w: library(
            "scripts/attacks/attack.py", method_module(plan.attacks.method(w.attack))
        ),
    message:
        "Attack {wildcards.model} by {wildcards.attack}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/attack.py"


rule attack_guarded:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        guard=guard_path(),
        folds=lambda w: plan.models.folds_files(w.model),
    output:
        attacks=attack_path(attack=f"{{attack,{alternatives(GUARDED_ATTACKS)}}}"),
    log:
        of_network("logs/attack_guarded", chunk="{attack}/{chunk}", suffix="log"),
    benchmark:
        of_network("benchmarks/attack_guarded", chunk="{attack}/{chunk}", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **plan.resources.attacking,
    params:
        settings=lambda w: config["attacks"][w.attack],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        cutoff=RUN["cutoff"],
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=lambda w: library(
            "scripts/attacks/attack_guarded.py", method_module(plan.attacks.method(w.attack))
        ),
    message:
        "Attack {wildcards.model} and its guard by {wildcards.attack}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/attack_guarded.py"


rule attack_units:
    input:
        frames=plan.cohorts.paths("frames", [RUN["cohort"]]),
        admitted=rules.admit_frames.output.table,
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
        starts=lambda w: [
            units_path(dict(w.items()), name) for name in plan.attacks.start_from(w.attack)
        ],
    output:
        attacks=units_path(),
    log:
        of_network("logs/attack_units", chunk="{attack}", suffix="log"),
    benchmark:
        of_network("benchmarks/attack_units", chunk="{attack}", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **plan.resources.attacking_units,
    params:
        units=plan.cohorts.unit_of_frame(plan.results.unit),
        rule=RUN.get("unit_rule", "mean"),
        frames_at_once=RUN["frames_per_job"],
        settings=lambda w: config["attacks"][w.attack],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        cutoff=RUN["cutoff"],
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=lambda w: library(
            "scripts/attacks/attack_units.py", method_module(plan.attacks.method(w.attack))
        ),
    message:
        "Attack whole units by {wildcards.attack}: {wildcards.model}, fold {wildcards.fold}"
    script:
        "../scripts/attacks/attack_units.py"


rule judge_guard:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        guard=guard_path(),
        folds=lambda w: plan.models.folds_files(w.model),
        records=lambda w: list(plan.results.guarded_attacks(**w).values()),
    output:
        table=of_network("guards", suffix="csv"),
    log:
        of_network("logs/judge_guard", suffix="log"),
    benchmark:
        of_network("benchmarks/judge_guard", suffix="tsv")
    threads: 1
    resources:
        mem_mb=growing(260, 20),
        runtime=growing(2, 0.02),
    params:
        names=lambda w: list(plan.results.guarded_attacks(**w)),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/attacks/judge_guard.py"),
    message:
        "Judge pictures by the guard of {wildcards.model}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_guard.py"


rule judge_settings:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
    output:
        logits=of_network("settings"),
    log:
        of_network("logs/judge_settings", suffix="log"),
    benchmark:
        of_network("benchmarks/judge_settings", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **plan.resources.judging,
    params:
        settings=config.get("accidental"),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=library("scripts/attacks/judge_settings.py"),
    message:
        "Classify by {wildcards.model} at accidental settings: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_settings.py"


rule judge_lattice:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
    output:
        logits=of_network("lattices"),
    log:
        of_network("logs/judge_lattice", suffix="log"),
    benchmark:
        of_network("benchmarks/judge_lattice", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **plan.resources.judging,
    params:
        shown=lambda w: plan.explorer.frames_of(w.chunk),
        points=(config.get("explorer") or {}).get("points"),
        parameters={name: {"box": box} for name, box in plan.explorer.box.items()},
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=library("scripts/attacks/judge_lattice.py"),
    message:
        "Classify by {wildcards.model} on the explorer's lattice: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_lattice.py"


rule judge_pictures:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
    output:
        table=of_network("agreement", suffix="csv"),
    log:
        of_network("logs/judge_pictures", suffix="log"),
    benchmark:
        of_network("benchmarks/judge_pictures", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **(plan.resources.judging | {"runtime": plan.resources.picture_minutes}),
    params:
        settings=config.get("agreement"),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        cutoff=RUN["cutoff"],
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=library("scripts/attacks/judge_pictures.py"),
    message:
        "Audit pictures of RF frames by {wildcards.model}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_pictures.py"


rule judge_transferred:
    input:
        frames=chunk_path("frames", RUN["cohort"]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        brought=lambda w: plan.models.brought_notes([w.model]),
        predictions=predictions_path(),
        records=lambda w: [file["path"] for file in plan.results.transfer_sources(**w)],
    output:
        table=of_network("transfer", suffix="csv"),
    log:
        of_network("logs/judge_transferred", suffix="log"),
    benchmark:
        of_network("benchmarks/judge_transferred", suffix="tsv")
    threads: plan.resources.threads
    resources:
        **plan.resources.judging,
    params:
        sources=lambda w: plan.results.transfer_sources(**w),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        cutoff=RUN["cutoff"],
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=library("scripts/attacks/judge_transferred.py"),
    message:
        "Try the other models' adversarial settings on {wildcards.model}, seed {wildcards.seed}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_transferred.py"


rule export_property:
    input:
        frames=lambda w: chunk_path("frames", RUN["cohort"], plan.cohorts.chunk_of_frame[w.frame]),
        model_files=lambda w: as_inputs(plan.models.files(w.model, w.seed, w.fold)),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
    output:
        network=property_path("onnx", plan.cohorts.chunk_of_frame),
        question=property_path("vnnlib", plan.cohorts.chunk_of_frame),
    log:
        f"{of_fold('logs/export_property')}/{{attack}}/{{frame}}.log",
    benchmark:
        f"{of_fold('benchmarks/export_property')}/{{attack}}/{{frame}}.tsv"
    threads: plan.resources.threads
    resources:
        **(plan.resources.judging | {"mem_mb": growing(2000)}),
    params:
        parameters=lambda w: config["attacks"][w.attack]["parameters"],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=lambda w: plan.models.resize(w.model),
        cutoff=RUN["cutoff"],
        model_settings=lambda w: plan.models.settings(w.model),
        threads=plan.resources.threads,
        code=library("scripts/attacks/export_property.py"),
    message:
        "Write {wildcards.frame} under {wildcards.model} in the box of {wildcards.attack} for verifiers"
    script:
        "../scripts/attacks/export_property.py"
