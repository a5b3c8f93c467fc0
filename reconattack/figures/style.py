"""The look of all figures: fonts, sizes, lines, colours and markers.

Edit this file and run `snakemake figures` to draw every figure again. Sizes of lines and markers
are in points. Sizes of text are shares of a style's size (`STYLES`).

A colour means the same in every figure, and in the explorer:

- purple and orange are the classes: label 0 (normal) and label 1 (fatty). They colour frames by
  their label, decisions, and probabilities (`PROBABILITY_MAP`, white at the cut-off).
- pink is a flip and what is wrong after it, light green is a decision that is kept and what stays
  right. A share of frames flipped runs from white to pink (`SHARE_MAP`).
- blue and red are a pixel that became darker or brighter (`DIFFERENCE_MAP`, white is no change).
- `SERIES` tells attacks, models or measures apart. The paper's attack and a first model have its
  first colour, a grid is black.
- greys and black are everything else: axes, limits, boxes, intervals.

No figure needs its colours: a dash, a marker, a hatch, the order or a name tells the same.
"""

from dataclasses import dataclass

from matplotlib.colors import LinearSegmentedColormap

# Inches: one and two columns of a journal in the style `nature`. Every figure has one of them.
ONE_COLUMN = 3.5
TWO_COLUMNS = 7.2
HIGHEST = 6.69  # inches: 170 mm, a page's height with room for a caption


@dataclass(frozen=True)
class Style:
    """Fonts and sizes that a journal or a talk asks for.

    Attributes
    ----------
    text
        Size of the largest text [points].
    one_column, two_columns
        Widths of the figures [inches].
    regular, italic, bold
        Files of the font: in `reconattack/figures/fonts`, or else among Matplotlib's.
    """

    text: float
    one_column: float
    two_columns: float
    regular: str = "LiberationSans-Regular.ttf"
    italic: str = "LiberationSans-Italic.ttf"
    bold: str = "LiberationSans-Bold.ttf"


STYLES = {
    # Nature: 89 and 183 mm wide, a sans like Helvetica of 5 to 7 points
    "nature": Style(7, ONE_COLUMN, TWO_COLUMNS),
    # IEEE: 3.5 and 7.16 inches wide, letters of 8 points, as the text of the journal
    "ieee": Style(8, 3.5, 7.16, "STIXGeneral.ttf", "STIXGeneralItalic.ttf", "STIXGeneralBol.ttf"),
    # A slide of 10 inches, and half of one
    "slides": Style(11, 4.9, 10),
}

SMALL, MIDDLE = "small", "medium"  # text: notes in panels; everything else
LOUD = "x-large"  # a mark that nobody may overlook
HAIR, THIN, LINE, THICK, HALO = 0.6, 0.8, 1.2, 1.8, 2.4
DOT, SIGN, CROSS = 3, 4.5, 8  # markers

NORMAL, FATTY = "#6A51A3", "#E6760A"  # label 0 and label 1
KEPT, FLIPPED = "#7FBC41", "#C51B7D"
DARKER, BRIGHTER = "#2166AC", "#B2182B"
SERIES = ("#0072B2", "#8C6D31", "#56B4E9", "#6E6E6E", "#00594C", "#B0A000")
INK, DARK, GREY, LIGHT, FAINT, PAPER = "black", "0.25", "0.45", "0.65", "0.88", "white"
FALSE_ALARM, MISSED_DISEASE = NORMAL, FATTY  # by the label of the frame that flips
BAND = 0.15  # opacity of an interval

DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (2, 1)))
GRID_DASHES = (0, (1, 1))
MARKERS = "osD^v"
HATCH = "/////"
OWN = "face"  # an edge in the colour of the area that it surrounds


def _blend(name: str, *colours: str) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list(name, colours)


PICTURE_MAP = "gray"
DIFFERENCE_MAP = _blend("difference", DARKER, PAPER, BRIGHTER)
PROBABILITY_MAP = _blend("probability", NORMAL, PAPER, FATTY)
SHARE_MAP = _blend("share", PAPER, FLIPPED, "#5C0A3C")
WHITE_FROM = 0.45  # of `SHARE_MAP`: numbers in darker cells are white

RC = {
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,  # TrueType, which journals can edit
    "mathtext.fontset": "custom",
    "mathtext.fallback": "stixsans",
    **dict.fromkeys(
        (
            *("figure.titlesize", "figure.labelsize", "axes.labelsize", "axes.titlesize"),
            *("xtick.labelsize", "ytick.labelsize", "legend.fontsize", "legend.title_fontsize"),
        ),
        MIDDLE,
    ),
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "axes.linewidth": HAIR,
    "axes.titlepad": 4,
    "axes.labelpad": 3,
    "xtick.major.width": HAIR,
    "ytick.major.width": HAIR,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.minor.width": HAIR,
    "ytick.minor.width": HAIR,
    "legend.frameon": False,
    "lines.linewidth": LINE,
    "lines.markersize": SIGN,
    "hatch.linewidth": HAIR,
}
