"""Mail: articles that watches matched go to readers in digests, alarms go to the operators.

    matches after the last mail → due? (schedule) → claim: this mail has these matches → send → settle

No mail is stored, so nothing can pile up: while the server is down, what waits becomes one mail. A mail that the server may
have taken (the process died, the line broke) is sent again as it was, under its Message-ID.
"""
