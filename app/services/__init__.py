"""What the product does, in plain functions: a brief in, an optimization out."""
