from scripts.report.captions import captions
from tests.pages.report_tables import ATTACK, INITIAL, flag_rows, summary_rows, write


def test_each_caption_has_its_file(tmp_path):
    names = ["roc", "flags"]
    texts = [tmp_path / f"{name}.rst" for name in names]
    captions(
        tables=write(tmp_path, summary=summary_rows(), flags=flag_rows()),
        names=names,
        attack=ATTACK,
        initial=INITIAL,
        classes=["normal", "fatty"],
        visible_limit={"mean_abs_diff": 20},
        titles={"models": {"plain": "small network"}},
        texts=[str(text) for text in texts],
    )
    roc, flags = (text.read_text() for text in texts)
    assert "small network: AUC 0.70 (0.50 to 0.85)" in roc
    assert "worse than corners (warning)" in flags
