from reconattack.readers.names import reader_modules
from reconattack.run.plan.attacks import scaled_parameters
from reconattack.run.plan.cohorts import RF_KINDS

CHECKED = plan.cohorts.size(*plan.training.checked_chunks)
SCALED = {name: {"box": box} for name, box in plan.attacks.box(plan.attacks.reported).items()}


rule simulate_frames:
    output:
        frames=plan.cohorts.output("frames", "simulated_rf"),
    log:
        "results/logs/simulate_frames/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/simulate_frames/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(250, 5),
        runtime=growing(2, 0.02),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        simulation=lambda w: config["scanners"][config["cohorts"][w.cohort]["scanner"]][
            "simulation"
        ],
        mask_rows=lambda w: plan.cohorts.mask_rows(w.cohort),
        code=library("scripts/data/simulate_frames.py"),
    message:
        "Simulate RF frames: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/simulate_frames.py"


rule simulate_channels:
    output:
        frames=plan.cohorts.output("frames", "simulated_channel"),
    log:
        "results/logs/simulate_channels/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/simulate_channels/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(350, 5),
        runtime=growing(2, 0.05),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        initial=RECONSTRUCTION["initial"],
        code=library("scripts/data/simulate_channels.py"),
    message:
        "Simulate channel data: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/simulate_channels.py"


rule simulate_phantoms:
    output:
        frames=plan.cohorts.output("frames", "simulated_phantom"),
    log:
        "results/logs/simulate_phantoms/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/simulate_phantoms/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(250, 5),
        runtime=growing(2, 0.02),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        simulation=lambda w: config["scanners"][config["cohorts"][w.cohort]["scanner"]][
            "simulation"
        ],
        code=library("scripts/data/simulate_phantoms.py"),
    message:
        "Simulate phantom frames: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/simulate_phantoms.py"


rule transfer_frames:
    input:
        recorded=lambda w: chunk_path("frames", config["cohorts"][w.cohort]["of"], w.chunk),
        source=lambda w: plan.cohorts.calibration(w.cohort, "from"),
        target=lambda w: plan.cohorts.calibration(w.cohort, "to"),
    output:
        frames=plan.cohorts.output("frames", "transferred"),
    log:
        "results/logs/transfer_frames/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/transfer_frames/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(600, 10),
        runtime=growing(2, 0.05),
    params:
        code=library("scripts/data/transfer_frames.py"),
    message:
        "Transfer RF frames: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/transfer_frames.py"


rule simulate_images:
    output:
        images=plan.cohorts.output("bmode", "simulated_images"),
    log:
        "results/logs/simulate_images/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/simulate_images/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(250, 5),
        runtime=growing(2, 0.02),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        simulation=lambda w: config["scanners"][config["cohorts"][w.cohort]["scanner"]][
            "simulation"
        ],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/data/simulate_images.py"),
    message:
        "Simulate B-mode images: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/simulate_images.py"


rule read_frames:
    input:
        files=lambda w: as_inputs(plan.cohorts.chunk_files(w.cohort, w.chunk)),
    output:
        frames=plan.cohorts.output("frames", "table"),
    log:
        "results/logs/read_frames/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/read_frames/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(500, 15),
        runtime=growing(2, 0.02),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        masked=lambda w: plan.cohorts.masked_decisions(w.cohort),
        code=library("scripts/data/read_frames.py", *reader_modules("frames")),
    message:
        "Read RF frames: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/read_frames.py"


rule read_channels:
    input:
        files=lambda w: as_inputs(plan.cohorts.chunk_files(w.cohort, w.chunk)),
    output:
        frames=plan.cohorts.output("frames", "channel"),
    log:
        "results/logs/read_channels/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/read_channels/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=plan.resources.beamforming,
        runtime=growing(5, 4),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        initial=RECONSTRUCTION["initial"],
        masked=lambda w: plan.cohorts.masked_decisions(w.cohort),
        code=library("scripts/data/read_channels.py", *reader_modules("channels")),
    message:
        "Read and beamform channel data: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/read_channels.py"


rule read_images:
    input:
        files=lambda w: as_inputs(plan.cohorts.chunk_files(w.cohort, w.chunk)),
    output:
        images=plan.cohorts.output("bmode", "images"),
    log:
        "results/logs/read_images/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/read_images/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(500, 10),
        runtime=growing(2, 0.02),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        box=lambda w: config["cohorts"][w.cohort].get("box"),
        tint=lambda w: config["cohorts"][w.cohort].get("tint", "refuse"),
        code=library("scripts/data/read_images.py", *reader_modules("images")),
    message:
        "Read B-mode images: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/read_images.py"


rule read_pictures:
    input:
        files=lambda w: as_inputs(plan.cohorts.chunk_files(w.cohort, w.chunk)),
    output:
        frames=plan.cohorts.output("frames", "pictures"),
    log:
        "results/logs/read_pictures/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/read_pictures/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(500, 10),
        runtime=growing(2, 0.03),
    params:
        rows=lambda w: plan.cohorts.chunk_rows(w.cohort, w.chunk),
        scanners=lambda w: plan.cohorts.chunk_scanners(w.cohort, w.chunk),
        box=lambda w: config["cohorts"][w.cohort].get("box"),
        tint=lambda w: config["cohorts"][w.cohort].get("tint", "refuse"),
        initial=RECONSTRUCTION["initial"],
        scaled=scaled_parameters(config),
        masked=lambda w: plan.cohorts.masked_decisions(w.cohort),
        code=library("scripts/data/read_pictures.py", *reader_modules("images")),
    message:
        "Read picture frames: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/read_pictures.py"


rule tabulate_frames:
    input:
        files=[path for paths in plan.training.checked_chunks.values() for path in paths],
    output:
        table="results/tables/frames.csv",
        pdf="results/figures/contact_sheet.pdf",
        png=report(
            "results/figures/contact_sheet.png",
            caption="../report/contact_sheet.rst",
            category=plan.report.categories["data"],
            labels=plan.report.labels("Figure: Every frame at the initial setting"),
        ),
        shown="results/figures/contact_sheet.csv",
    log:
        "results/logs/tabulate_frames.log",
    benchmark:
        "results/benchmarks/tabulate_frames.tsv"
    priority: 20  # a person looks at this first
    threads: 1
    resources:
        mem_mb=growing(400 + 5 * min(CHECKED, 600), 0.1, CHECKED),
        runtime=growing(5, 0.02, CHECKED),
    params:
        chunks=plan.training.checked_chunks,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        on_bad_frame=RUN["on_bad_frame"],
        classes=plan.models.label_words,
        simulated=plan.training.simulated_cohorts,
        look=plan.figures.look,
        code=library("scripts/data/tabulate_frames.py"),
    message:
        "Check every frame: {output.table}, {output.png}"
    script:
        "../scripts/data/tabulate_frames.py"


# Jobs of a single chunk do not wait for this rule, so that a new frame re-runs only its own chunk.
# The sheet shows outlines in doubt; a job that stops would lose it.
rule admit_frames:
    input:
        files=[path for paths in plan.training.checked_chunks.values() for path in paths],
        sheet=[rules.tabulate_frames.output.png] if plan.cohorts.judges_pictures else [],
    output:
        table=f"results/frames/{RUN['cohort']}/admitted.csv",
    log:
        "results/logs/admit_frames.log",
    benchmark:
        "results/benchmarks/admit_frames.tsv"
    priority: 10
    threads: 1
    resources:
        mem_mb=growing(190, 0.1, CHECKED),
        runtime=growing(2, 0.0004, CHECKED),
    params:
        chunks=plan.training.checked_chunks,
        on_bad_frame=RUN["on_bad_frame"],
        code=library("scripts/data/admit_frames.py"),
    message:
        "Check that every frame can be used"
    script:
        "../scripts/data/admit_frames.py"


# A rule without output and benchmark runs whenever it is asked for, so that a second call shows the
# table again. It runs where Snakemake runs, whose terminal is a person's. So do scale_box and
# calibrate_reference_level.
rule check_frames:
    input:
        table=rules.tabulate_frames.output.table,
        png=rules.tabulate_frames.output.png,
    log:
        "results/logs/check_frames.log",
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, CHECKED),
        runtime=growing(2),
    params:
        on_bad_frame=RUN["on_bad_frame"],
        code=library("scripts/data/check_frames.py"),
    message:
        "Show the table of all frames"
    script:
        "../scripts/data/check_frames.py"


rule assign_folds:
    input:
        frames=plan.cohorts.paths("frames", [RUN["cohort"]]),
        admitted=rules.admit_frames.output.table,
    output:
        table=FOLDS,
    log:
        "results/logs/assign_folds.log",
    benchmark:
        "results/benchmarks/assign_folds.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.frames),
        runtime=growing(2, 0.0004, plan.results.frames),
    params:
        folds=RUN["folds"] if RUN["protocol"] == "patient_folds" else None,
        cohort=RUN["cohort"],
        code=library("scripts/data/assign_folds.py"),
    message:
        "Assign the patients of {params.cohort} to folds"
    script:
        "../scripts/data/assign_folds.py"


rule reconstruct:
    input:
        frames=chunk_path("frames"),
    output:
        images=plan.cohorts.output(
            *("bmode", *RF_KINDS, "simulated_phantom", "transferred", "pictures")
        ),
    log:
        "results/logs/reconstruct/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/reconstruct/{cohort}/{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=growing(230, 8),
        runtime=growing(2, 0.01),
    params:
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/data/reconstruct.py"),
    message:
        "Reconstruct B-mode images: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/data/reconstruct.py"


rule tabulate_small_change:
    input:
        frames=plan.cohorts.paths("frames", [RUN["cohort"]]),
    output:
        table="results/tables/small_change.csv",
    log:
        "results/logs/tabulate_small_change.log",
    benchmark:
        "results/benchmarks/tabulate_small_change.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 20, len(plan.explorer.frames)),
        runtime=growing(2, 0.2, len(plan.explorer.frames)),
    params:
        shown=plan.explorer.frames,
        parameters=SCALED,
        limits=RUN["visible_limit"],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/data/tabulate_small_change.py"),
    message:
        "Scale the box of an attack until its corners change the images little"
    script:
        "../scripts/data/tabulate_small_change.py"


rule scale_box:
    input:
        table=rules.tabulate_small_change.output.table,
    log:
        "results/logs/scale_box.log",
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(2),
    params:
        attack=plan.attacks.reported,
        parameters=SCALED,
        initial=RECONSTRUCTION["initial"],
        code=library("scripts/data/scale_box.py"),
    message:
        "Show the box of small changes"
    script:
        "../scripts/data/scale_box.py"


rule tabulate_reference_levels:
    input:
        frames=sorted(plan.cohorts.paths("frames", plan.cohorts.calibrating)),
    output:
        table="results/tables/reference_levels.csv",
    log:
        "results/logs/tabulate_reference_levels.log",
    benchmark:
        "results/benchmarks/tabulate_reference_levels.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 8),
        runtime=growing(2, 0.02),
    params:
        calibration_frames=plan.cohorts.calibration_frames,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/data/tabulate_reference_levels.py"),
    message:
        "Calibrate reference levels: {output.table}"
    script:
        "../scripts/data/tabulate_reference_levels.py"


rule calibrate_reference_level:
    input:
        table=rules.tabulate_reference_levels.output.table,
    log:
        "results/logs/calibrate_reference_level.log",
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(2),
    params:
        code=library("scripts/data/calibrate_reference_level.py"),
    message:
        "Show the reference levels"
    script:
        "../scripts/data/calibrate_reference_level.py"
