"""The pages about the graph itself: data, model, shapes, and the list of pages."""
