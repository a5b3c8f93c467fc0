rule reconstruct:
    input:
        frames="results/frames/{cohort}/{chunk}.nc",
    output:
        images="results/bmode/{cohort}/{chunk}.nc",
    log:
        "results/logs/reconstruct/{cohort}/{chunk}.log",
    benchmark:
        "results/benchmarks/reconstruct/{cohort}/{chunk}.tsv"
    wildcard_constraints:
        cohort=cohorts_of("table", "simulated_rf"),
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/reconstruct.py"),
    message:
        "Reconstruct B-mode images: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/reconstruct.py"
