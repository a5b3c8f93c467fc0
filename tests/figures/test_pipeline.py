from reconattack.figures.pipeline import pipeline_stages, stage_rows

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


def test_panels_span_what_the_table_says(noise_frame):
    stages = pipeline_stages(noise_frame, INITIAL, 64)
    rows = {row["panel"]: row for row in stage_rows(stages)}
    assert list(rows) == list(stages)
    assert abs(stages["RF frame"]).max() <= rows["RF frame"]["white_at"] == 110
    assert stages["amplitude"].min() >= rows["amplitude"]["black_at"] == 0
    level = stages["scan converted"]["level"]
    assert float(level.max()) == rows["scan converted"]["white_at"]
    assert stages["B-mode"]["bmode"].max() <= rows["B-mode"]["white_at"] == 255
