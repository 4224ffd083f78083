"""Zhicheng Graph: which certificate counts as which professional title, in which region, as printed where."""

__version__ = "0.1.0"
