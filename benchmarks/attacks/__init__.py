"""The attack matrix: hostile sites on loopback against the real service, and what is left of their victims' articles.

    attack × victim stored before, after, never ─► crawls in steps ─► victim's rows = its own pages?

Every play has two or three hosts of its own, so that all plays share one world: one database and one crawl for each step.
`attacks` lists them, `web` serves the hosts, `matrix` runs the steps and counts; `hooks` switches protections off.
"""
