"""Dates as people and programs write them, read in one place for pages, feeds and sitemaps.

    raw string ─► digits and blanks made plain ─► a date (ISO, numbers, month names, calendars) ─► its clock ─► its zone

A clock whose zone nobody names has precision "local": the clock is right, but which instant it is can't be known.
"""

from dateline.instants.reading import Precision, Reading, Wording, find_readings, is_plausible, read_instant

__all__ = ["Precision", "Reading", "Wording", "find_readings", "is_plausible", "read_instant"]
