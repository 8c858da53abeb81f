"""Noticing attacks: which events count as what, and what requests give away."""
