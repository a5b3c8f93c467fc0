from reconattack.attacks.method import method_module


rule attack:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model_files=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        keras=lambda w: (
            as_inputs(keras_files(w.model, w.seed, w.fold)) if is_white_box(w.attack) else []
        ),
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
    output:
        attacks="results/attacks/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}.nc",
    log:
        "results/logs/attack/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}.log",
    benchmark:
        "results/benchmarks/attack/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=attack_memory,
        runtime=attack_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        settings=lambda w: config["attacks"][w.attack],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        cutoff=RUN["cutoff"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        partial=placed(f"{of_fold('partial')}/{{attack}}/{{chunk}}"),
        code=lambda w: library(
            "scripts/attacks/attack.py", method_module(config["attacks"][w.attack]["method"])
        ),
    message:
        "Attack {wildcards.model} by {wildcards.attack}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/attack.py"


rule judge_settings:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model_files=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
    output:
        logits="results/settings/{model}/seed-{seed}/fold-{fold}/{chunk}.nc",
    log:
        "results/logs/judge_settings/{model}/seed-{seed}/fold-{fold}/{chunk}.log",
    benchmark:
        "results/benchmarks/judge_settings/{model}/seed-{seed}/fold-{fold}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=judging_memory,
        runtime=judging_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        settings=config.get("accidental"),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        code=library("scripts/attacks/judge_settings.py"),
    message:
        "Judge by {wildcards.model} at accidental settings: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_settings.py"


rule judge_lattice:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model_files=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
    output:
        logits="results/lattices/{model}/seed-{seed}/fold-{fold}/{chunk}.nc",
    log:
        "results/logs/judge_lattice/{model}/seed-{seed}/fold-{fold}/{chunk}.log",
    benchmark:
        "results/benchmarks/judge_lattice/{model}/seed-{seed}/fold-{fold}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=judging_memory,
        runtime=judging_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        shown=lambda w: shown_of(w.chunk),
        points=(config.get("explorer") or {}).get("points"),
        parameters={name: {"box": box} for name, box in EXPLORED_BOX.items()},
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        code=library("scripts/attacks/judge_lattice.py"),
    message:
        "Judge by {wildcards.model} on the explorer's lattice: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_lattice.py"


rule judge_transferred:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model_files=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        brought=lambda w: brought_notes(w.model),
        predictions="results/predictions/{model}.csv",
        records=lambda w: [file["path"] for file in transfer_sources(w)],
    output:
        table="results/transfer/{model}/seed-{seed}/fold-{fold}/{chunk}.csv",
    log:
        "results/logs/judge_transferred/{model}/seed-{seed}/fold-{fold}/{chunk}.log",
    benchmark:
        "results/benchmarks/judge_transferred/{model}/seed-{seed}/fold-{fold}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=judging_memory,
        runtime=judging_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        sources=transfer_sources,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        cutoff=RUN["cutoff"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        code=library("scripts/attacks/judge_transferred.py"),
    message:
        "Try the other models' adversarial settings on {wildcards.model}, seed {wildcards.seed}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attacks/judge_transferred.py"
