"""SPARQL 1.1 Federated Query, outbound: SERVICE clauses are found, fetched by the serving process and put in as VALUES.

The processes that evaluate queries have no network; only :mod:`kgservice.federation.client` calls anybody.
"""
