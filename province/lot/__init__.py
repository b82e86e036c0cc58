"""What a harvest lot went through: its plots' readings and alerts, season by season."""
