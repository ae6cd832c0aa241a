"""The mind of creatormix: forecast, integer program, proof and explanations.

Pure functions over frozen NumPy arrays. Nothing in this package knows the web,
a database or pydantic, and creators appear in it as positions, never as objects.
"""
