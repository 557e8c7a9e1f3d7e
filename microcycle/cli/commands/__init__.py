"""One thin file for each group of commands; what takes long to import is imported inside them."""
