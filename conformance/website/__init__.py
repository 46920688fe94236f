"""A run's results for people who look rather than read.

`site.write_site` writes the static site, `summary.markdown` the summary of a CI job, and
`badge.badge` the badge. The site needs the extra `report`; the others do not, so nothing is
imported here.
"""
