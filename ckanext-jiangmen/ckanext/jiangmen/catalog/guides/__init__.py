"""编目指南: the dated versions of the guide, and how entries move from one to the next.

A version is a file in ``schemas/guides/``; an entry keeps the version it was filed
under until it is edited or `change.apply` moves it.
"""
