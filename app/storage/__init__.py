"""What is kept: tables, sessions and queries. SQL lives here and nowhere else."""
