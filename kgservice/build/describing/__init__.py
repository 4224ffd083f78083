"""What a release says about itself: VoID, DCAT, Service Description, and the named questions as RDF.

Everything is computed from the finished graphs and the sources; nothing is typed by hand but ``data/catalog.toml``
(title, description, publisher). The description stands in named graphs of its own, ``{base}/graph/description/…``, and
describes the *other* graphs: so no count depends on itself, and no checksum on a file that holds it. Two things are
said of the description's own graphs too, both of which settle: their number of triples (which does not depend on the
digits that are written) and the name of the release (which is made from the content with the name left blank).
"""
