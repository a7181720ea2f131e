"""The kill matrix: real signals to the real processes of the service, at random moments, and what is left afterwards.

    fault ─► a stage of its own (site, data folder, processes) ─► crawl ─► strike ─► crawl on ─► site = database = archive?

`stage` is one run's world, `faults` the list of what is done to it, `hooks` what is put into the service's processes from
outside (places to stop at, and protections to switch off), `matrix` runs them all and counts.
"""
