"""The headings under which pages and report sort what a run found.

Article 15 of Regulation (EU) 2024/1689 (AI Act) names, among others, *errors, faults or
inconsistencies* (paragraph 4) and *adversarial examples* (paragraph 5). Nothing here says that a
model conforms.
"""

ERRORS = "Errors, faults or inconsistencies"
ADVERSARIAL = "Adversarial examples"
MODEL = "The model"

SAYS = {  # what stands under a heading
    ERRORS: (
        "What becomes of the decisions if settings differ by accident, between scanners, or by the "
        "hand of a technologist."
    ),
    ADVERSARIAL: "What becomes of the decisions if a search chooses the settings that flip them.",
}
FOLLOWS = (
    f'The headings "{ERRORS}" and "{ADVERSARIAL}" are words of Article 15, paragraphs 4 and 5, '
    "of Regulation (EU) 2024/1689 (AI Act); they sort the results and claim no conformity."
)
