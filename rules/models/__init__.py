"""Agronomy as pure functions: numbers in, numbers out, each with its source.

``[D]`` beside a number marks a design choice that no source gives and that wants an
agronomist's signature.
"""
