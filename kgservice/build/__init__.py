"""The build half: directories → tables → registers → mappings → derived graph → gate → release.

Uses rdflib, pyshacl and sssom; never imports pyoxigraph or FastAPI (the serve half). The two meet in the release
folder (:mod:`kgservice.release`).
"""
