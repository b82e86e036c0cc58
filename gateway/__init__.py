"""The daemon on the Raspberry Pi.  Floor 2."""
