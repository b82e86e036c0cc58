"""Ingest, ledger and stores at the province.  Floor 2."""
