"""Devices that know the time: a clock on board, a modem, a GPS receiver.

``sentences`` reads what they say and is pure; ``devices`` owns the files and ports.
"""
