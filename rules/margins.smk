rule tabulate_margins:
    input:
        attacks=[file["path"] for file in MARGIN_FILES],
        grids=[GRIDS[file["path"]]["path"] for file in MARGIN_FILES if file["path"] in GRIDS],
    output:
        table="results/tables/margins.csv",
    log:
        "results/logs/tabulate_margins.log",
    benchmark:
        "results/benchmarks/tabulate_margins.tsv"
    threads: 1
    resources:
        mem_mb=growing(210, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=MARGIN_FILES,
        grids={file["path"]: GRIDS[file["path"]] for file in MARGIN_FILES if file["path"] in GRIDS},
        code=library("scripts/tabulate_margins.py"),
    message:
        "Tabulate the margins, a row per frame"
    script:
        "../scripts/tabulate_margins.py"


rule margins:
    input:
        table=rules.tabulate_margins.output.table,
    output:
        pdf="results/figures/margins.pdf",
        png=report(
            "results/figures/margins.png",
            caption="../report/margins.rst",
            category=REPORT_CATEGORY["knobs"],
            labels=report_labels("Figure: Margins and safe intervals", "model", "attack", "frame"),
        ),
    log:
        "results/logs/margins.log",
    benchmark:
        "results/benchmarks/margins.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        initial=RECONSTRUCTION["initial"],
        parameters={
            file["attack"]: config["attacks"][file["attack"]]["parameters"]
            for file in MARGIN_FILES
        },
        simulated=SIMULATED,
        code=library("scripts/margins.py"),
    message:
        "Draw the margins and what each knob alone may do"
    script:
        "../scripts/margins.py"
