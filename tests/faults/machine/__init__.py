"""A field, a broker and a province in one process, under a clock that is turned.

The parts of both ends are the real ones; broker, clock and weather are not.
"""
