rule tabulate_knobs:
    input:
        attacks=[file["path"] for file in KNOB_FILES],
    output:
        table="results/tables/knobs.csv",
    log:
        "results/logs/tabulate_knobs.log",
    benchmark:
        "results/benchmarks/tabulate_knobs.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=KNOB_FILES,
        boxes={name: config["attacks"][name]["parameters"] for name in RUN["attacks"]},
        code=library("scripts/tabulate_knobs.py"),
    message:
        "Count the frames that each control flips, alone and in pairs"
    script:
        "../scripts/tabulate_knobs.py"


rule knobs:
    input:
        table=rules.tabulate_knobs.output.table,
    output:
        pdf="results/figures/knobs.pdf",
        png=report(
            "results/figures/knobs.png",
            caption="../report/knobs.rst",
            category=REPORT_CATEGORY["knobs"],
            labels=report_labels("Figure: Each control alone and in pairs", "model"),
        ),
    log:
        "results/logs/knobs.log",
    benchmark:
        "results/benchmarks/knobs.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        simulated=SIMULATED,
        code=library("scripts/knobs.py"),
    message:
        "Draw which control flips how many frames, alone and in pairs"
    script:
        "../scripts/knobs.py"
