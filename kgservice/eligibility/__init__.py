"""What is open to a person, region by region: three-valued, each line with its row or rule. Knows nothing of HTTP."""
