"""Linked data: every IRI of the graph answers, for machines and for people (docs/linked-data.md)."""
