"""A newsroom of eleven fictional outlets, served over loopback, to show and test the whole pipeline.

outlets.py   the outlets (host, feeds, encodings, behaviour)
stories.py   what is published: articles/*.toml, dated relative to one given instant
pages.py     stories as HTML pages; feeds.py stories as feeds and sitemaps; templates/*.html
newsroom.py  what a URL answers in a round: pure
server.py    the newsroom behind one loopback port, all hosts by name
expected.py  what a correct archive holds afterwards, derived from the same definition
report.py    the demonstration's report; queries/*.sql its example queries
"""
