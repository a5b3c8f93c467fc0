"""The explorer: one HTML file in which a person turns the knobs and sees picture and diagnosis."""
