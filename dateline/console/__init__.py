"""The console: pages for the operator and the analyst, over HTTP.

A page is one function from an `Ask` to a frozen dataclass (`pages/`), listed in `views.py`, and shown three ways: as HTML through
a template, as JSON, as CSV. Nothing here writes but the actions of `actions.py`; all SQL is in sql/analysts/console.sql.
"""
