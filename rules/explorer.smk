rule judge_lattice:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
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
        code=library("scripts/judge_lattice.py"),
    message:
        "Judge by {wildcards.model} on the explorer's lattice: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/judge_lattice.py"


rule explorer:
    input:
        frames=cohort_chunks("frames", RUN["rf_cohort"]),
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
        files=[file["path"] for files in EXPLORED.values() for file in files],
        admitted=ADMITTED,
    output:
        page="results/explorer.html",
    log:
        "results/logs/explorer.log",
    benchmark:
        "results/benchmarks/explorer.tsv"
    threads: 1
    resources:
        mem_mb=growing(330, 2, len(SHOWN)),
        runtime=growing(5, 0.02, len(SHOWN)),
    params:
        models=[
            {
                "model": model,
                "seed": seed,
                "kind": model_kind(model),
                "predictions": f"results/predictions/{model}.csv",
            }
            for model, seed in dict.fromkeys(
                (network["model"], network["seed"]) for network in NETWORKS
            )
        ],
        shown=SHOWN,
        cohort_size=len(ROWS[RUN["rf_cohort"]]),
        files=EXPLORED,
        box=EXPLORED_BOX,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/explorer.py"),
    message:
        "Put frames and stored judgements into {output.page}"
    script:
        "../scripts/explorer.py"
