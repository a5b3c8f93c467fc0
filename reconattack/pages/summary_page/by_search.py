"""Sections on what a search finds: attacks, proofs, and what passes a guard."""

import html
from collections.abc import Iterator

from reconattack.evidence.labelled import attacked
from reconattack.evidence.proofs import PROVED
from reconattack.pages.decision_words import flip_rules, words_of
from reconattack.pages.overview import checks
from reconattack.pages.summary_page.captions import as_html
from reconattack.pages.summary_page.decision_columns import changes
from reconattack.pages.summary_page.run import Run, is_of_pictures, who
from reconattack.pages.summary_page.tables import Shown, counted, number, table, words
from reconattack.pages.wording import listed, percent, rate

SPACE = "\N{NO-BREAK SPACE}"
LIMITS = {  # of a change of the image: words for each key of run.visible_limit
    "mean_abs_diff": "a mean change of at most {0:g} grey levels",
    "ssim": "a structural similarity of at least {0:g}",
    "white_added": "at most {1} of the sector turned white",
    "black_added": "at most {1} of the sector turned black",
}


def outcomes(run: Run) -> Iterator[str]:
    """The table of the attacks: flips, small changes, and what they cost."""
    summary = run.tables["summary"]
    rows = [dict(row) for _, row in summary.iterrows()]
    columns = [
        Shown("Attack", ["attack"], lambda row: run.title("attacks", row["attack"]), False),
        Shown("Frames flipped", ["n_success", "n_attacked"], counted("n_success", "n_attacked")),
        Shown(
            "By a small change",
            ["n_success_visible_limit"],
            counted("n_success_visible_limit", "n_attacked"),
        ),
        *(
            [Shown("Surely flipped", ["n_sure_success"], counted("n_sure_success", "n_attacked"))]
            if "n_sure_success" in summary and summary["n_sure_success"].notna().any()
            else []
        ),
        Shown("Median change", ["median_change"], number("median_change")),
        *changes(run.kind, run.classes),
        Shown("Queries", ["median_queries"], number("median_queries")),
    ]
    yield table("summary", rows, [*who(run), *columns], "tables/summary.csv")


def decisions(run: Run) -> Iterator[str]:
    """When a decision that is not binary counts as flipped, and what becomes of it."""
    rules = flip_rules(run.declarations, run.titles)
    if rules:
        yield as_html("\n\n".join(rules))


def proofs(run: Run) -> Iterator[str]:
    """What is known for all settings of a box, each number with the kind of its statement."""
    rows = [*proof_statements(run), *lattice_statements(run)]
    if not rows:
        return
    if is_of_pictures(run):
        yield (
            "<p>The frames are finished images. Each statement holds for an image as its black and "
            "white pixels were filled in first, and at its declared dynamic range. It says nothing "
            "about another filling or range, and so nothing about the tissue.</p>"
        )
    yield (
        "<p>A proof holds for every setting of the box. A grid tries every point of its lattice "
        "and knows nothing between the points. A sample bounds, at its confidence, the fraction "
        "of the settings that flip a frame if settings are drawn as it drew them; it says nothing "
        "about a setting that somebody chooses.</p>"
    )
    kept = words_of(run.tables["summary"]).kept
    columns = [
        Shown("Statement", [], words("statement"), False, "what the row is about"),
        Shown(f"Keeps its {kept}", [], words("keeps"), says="attacked frames without any flip"),
        Shown("Flip known", [], words("flips"), says="attacked frames with a known flip"),
        Shown("Undecided", [], words("open"), says="attacked frames with neither"),
    ]
    file = "proofs_summary" if "proofs_summary" in run.tables else "grid"
    yield table(file, rows, [*who(run), *columns], f"tables/{file}.csv")


def proof_statements(run: Run) -> Iterator[dict[str, object]]:
    """A row for each proof or sample of a network."""
    if "proofs_summary" not in run.tables:
        return
    for _, row in run.tables["proofs_summary"].iterrows():
        of = int(row["n_attacked"])
        title = run.title("attacks", row["attack"])
        if row["statement"] == PROVED:
            statement = f"{title}: proved for every setting of its box"
        else:
            statement = (
                f"{title}: {percent(row['confidence'])} confident that at most "
                f"{row['flip_share_upper']:.2g} of the drawn settings flip any one frame"
            )
        yield {
            **{key: row[key] for key in ("model", "seed")},
            "statement": statement,
            "keeps": rate(int(row["n_robust"]), of) if row["statement"] == PROVED else "-",
            "flips": rate(int(row["n_vulnerable"]), of),
            "open": rate(int(row["n_undecided"]), of),
        }


def lattice_statements(run: Run) -> Iterator[dict[str, object]]:
    """A row for each grid of a network."""
    if "grid" not in run.tables:
        return
    keys = ["model", "seed", "attack"]
    for (model, seed, attack), rows in attacked(run.tables["grid"]).groupby(keys, sort=False):
        kept = int(rows["grid_certified"].astype(bool).sum())
        yield {
            **{"model": model, "seed": seed},
            "statement": (
                f"{run.title('attacks', attack)}: tried at every one of "
                f"{int(rows['n_points'].iloc[0]):,} lattice points"
            ),
            "keeps": rate(kept, len(rows)),
            "flips": rate(len(rows) - kept, len(rows)),
            "open": "-",
        }


def visible(run: Run) -> Iterator[str]:
    """What counts as a small change, and how many flips are small."""
    limits = listed(
        [LIMITS[name].format(value, percent(value)) for name, value in run.visible_limit.items()]
    )
    yield (
        f"<p>A change of the image counts as small with {html.escape(limits)} "
        "(<code>run.visible_limit</code>). These limits are conventions: no study says which "
        "change a physician overlooks.</p>"
    )


def attacks(run: Run) -> Iterator[str]:
    """The checks of the attacks, and what those that warn have found."""
    yield f"<p>{html.escape(checks(run.tables['flags']))}</p>"
    raised = run.tables["flags"][run.tables["flags"]["n"] > 0]
    if raised.empty:
        return
    columns = [
        Shown("Warning", ["meaning"], words("meaning"), False),
        Shown("Attack", ["attack"], lambda row: run.title("attacks", row["attack"]), False),
        Shown(
            "Frames",
            ["n", "n_checked"],
            lambda row: f"{row['n']}{SPACE}of{SPACE}{row['n_checked']}",
        ),
        Shown("What to do", ["advice"], words("advice"), False),
    ]
    rows = [dict(row) for _, row in raised.iterrows()]
    yield table("flags", rows, [*who(run), *columns], "tables/flags.csv")


def guards(run: Run) -> Iterator[str]:
    """How many flips of each attack a guard catches, and what passes it."""
    stored = run.tables.get("guard_summary")
    if stored is None or stored.empty:
        return
    rows = [dict(row) for _, row in stored.iterrows()]
    columns = [
        Shown("Attack", ["attack"], lambda row: run.title("attacks", row["attack"]), False),
        Shown(
            "Flips caught",
            ["caught"],
            lambda row: "-" if row["guarded"] else counted("n_caught", "n_flipped")(row),
        ),
        Shown("Flips that pass", ["passed"], counted("n_passed", "n_attacked")),
        Shown("Flips at allowed settings", ["n_flipped_allowed"], number("n_flipped_allowed")),
        Shown("Passed by any attack", ["passed_by_any"], counted("n_passed_by_any", "n_attacked")),
    ]
    yield (
        "<p>An attack that knows the guard counts a flip only without an alarm, so none of its "
        "flips is caught.</p>"
    )
    yield table("guard_summary", rows, [*who(run), *columns], "tables/guard_summary.csv")
