"""The look of all figures: sizes, lines, colours and markers.

Edit this file and run `snakemake figures` to draw every figure again. A greyscale print loses
nothing: where colours differ, a dash, a marker, a hatch or the order differs too, and every colour
map grows lighter from one end to the other. Sizes of text, lines and markers are in points.
"""

import seaborn as sns

# Inches: one and two columns of a journal. Every figure has one of these widths.
ONE_COLUMN = 3.5
TWO_COLUMNS = 7.2

SMALL, MIDDLE, LARGE = 6, 7, 8  # text: notes in panels; ticks and legends; titles and labels
HAIR, THIN, LINE, THICK, HALO = 0.6, 0.8, 1.2, 1.8, 2.4
DOT, SIGN, CROSS = 3, 4.5, 8  # markers

COLOURS = sns.color_palette("colorblind")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (2, 1)))
GRID_DASHES = (0, (1, 1))
MARKERS = "osD^v"
HATCH = "/////"
OWN = "face"  # an edge in the colour of the area that it surrounds
INK, DARK, GREY, LIGHT, FAINT, PAPER = "black", "0.25", "0.45", "0.65", "0.88", "white"
KEPT, FLIPPED = COLOURS[0], COLOURS[1]
FALSE_ALARM, MISSED_DISEASE = COLOURS[0], COLOURS[1]
BAND = 0.15  # opacity of an interval

PICTURE_MAP = "gray"
DIFFERENCE_MAP = "cividis"  # no change is its middle
PROBABILITY_MAP = "cividis"  # the cut-off is its middle
SHARE_MAP = "cividis"
COUNT_MAP = "Greys"
WHITE_FROM = 0.6  # of its scale: numbers in darker cells are white

RC = {
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,  # TrueType, which journals can edit
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": LARGE,
    "figure.titlesize": LARGE,
    "figure.labelsize": LARGE,
    "axes.labelsize": LARGE,
    "axes.titlesize": LARGE,
    "xtick.labelsize": MIDDLE,
    "ytick.labelsize": MIDDLE,
    "legend.fontsize": MIDDLE,
    "legend.title_fontsize": MIDDLE,
    "legend.frameon": False,
    "axes.linewidth": HAIR,
    "xtick.major.width": HAIR,
    "ytick.major.width": HAIR,
    "lines.linewidth": LINE,
    "lines.markersize": SIGN,
    "hatch.linewidth": HAIR,
}
