"""Adversarial attacks on ultrasound diagnosis through image reconstruction parameters."""

__version__ = "0.1.0"
