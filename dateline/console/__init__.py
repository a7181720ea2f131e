"""The console: pages for the operator and the analyst, over HTTP.

A page is one function from an `Ask` (`request.py`) to a frozen dataclass (`pages/`), listed in `server/routes.py`. It is shown as
HTML through a template, as JSON and as CSV (`rendering/`). Only the actions in `server/actions.py` and the watches write to the
database; the SQL is in sql/analysts/console.sql.
"""
