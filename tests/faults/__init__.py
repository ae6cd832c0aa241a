"""Real processes, real databases, and what goes wrong with them."""
