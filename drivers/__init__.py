"""Buses, device tables, serial protocols: how bytes become readings.  Floor 1."""
