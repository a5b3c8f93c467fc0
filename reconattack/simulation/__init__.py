"""Simulated cohort: RF frames and B-mode images of patients who exist by their names alone."""
