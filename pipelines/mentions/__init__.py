"""Names of the list in articles.

    stored (its transaction leaves a task) → words, folded and stemmed as the search does → the longest names → rules → mentions

`words` cuts a text, `index` finds the names in it, `rules` says which of them are names and not words, `step` carries it out.
"""
