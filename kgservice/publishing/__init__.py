"""Loads a release into a server by the SPARQL 1.1 Graph Store Protocol (docs/bigger.md, docs/adr/0012)."""
