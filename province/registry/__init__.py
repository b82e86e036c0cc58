"""What a province knows of its fields: cooperatives, plots, seasons, lots, recipients.

Never a household: who owns a plot is nobody's business here.
"""
