"""The version of the extractor, on its own so that both the parsers and the code that avoids importing them can name it."""

EXTRACTOR = "dateline/11"
"""Stored with every article. Raise it when reading archived pages again would give better articles."""
