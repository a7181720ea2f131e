"""Dateline watches news sources and keeps a clean, deduplicated, searchable archive of their articles in PostgreSQL."""

__version__ = "0.1.0"
