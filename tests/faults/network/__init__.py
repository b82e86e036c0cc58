"""A bad network on one machine: a radio of the tests' own, and the chain around it."""
