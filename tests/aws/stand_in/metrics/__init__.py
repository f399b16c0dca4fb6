"""CloudWatch: what was put in, and statistics of it."""
