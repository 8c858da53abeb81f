"""Files about people: which kinds there are, what a file really is, what it may be called, and where it lies."""
