"""The families of algorithms: a folder each, which is one image."""
