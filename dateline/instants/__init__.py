"""Dates as people and programs write them, read in one place for pages, feeds and sitemaps.

    raw string ─► digits and blanks made plain ─► a date (ISO, numbers, month names, calendars) ─► its clock ─► its zone

A clock without a known time zone has precision "local": its day and time are right, its instant is unknown.
"""

from dateline.instants.reading import (
    DateContext,
    Precision,
    Reading,
    find_readings,
    is_ahead,
    is_plausible,
    read_instant,
)

__all__ = ["DateContext", "Precision", "Reading", "find_readings", "is_ahead", "is_plausible", "read_instant"]
