"""Alerts as mail to the people of the registry: a service of its own."""
