"""Twenty gateways and a province as processes, and what is done to them."""
