"""The SPARQL page: editor, examples, results."""
