rule reconstruct:
    input:
        frames="results/frames/{cohort}/{chunk}.nc",
    output:
        images=chunk_of("bmode", "table", "simulated_rf"),
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
        code=library("scripts/reconstruct.py"),
    message:
        "Reconstruct B-mode images: {wildcards.cohort}, chunk {wildcards.chunk}"
    script:
        "../scripts/reconstruct.py"
