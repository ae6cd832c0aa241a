"""What is asked of a finished optimization afterwards; each question may solve more problems."""
