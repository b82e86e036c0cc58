"""Checks that flag readings, by the QARTOD scheme.

On the live path a flag is given once, from the past only: ``stream`` takes one
reading after another, in plain Python.  ``history`` takes whole series as arrays
and gives the same flags; ``ismn`` and the spike test, which need what came after,
are for history only.  Each check's limits and its live form stand in a module of
its own, ``defaults`` says which limits a quantity gets and where they are from.
"""
