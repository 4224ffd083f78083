"""Proposes, for a directory that nobody has mapped yet, what each printed row lists. See docs/matching.md."""
