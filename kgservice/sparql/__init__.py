"""The SPARQL 1.1 Protocol: read the request, check the query, choose a format, answer. Knows no store."""
