"""The engine: evaluates checked, read-only queries. :mod:`kgservice.engine.interface` says what an engine is.

pyoxigraph is imported in this package only, and there only in the processes that :mod:`kgservice.engine.launch` starts.
"""
