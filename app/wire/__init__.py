"""Shapes on the wire: what a body may hold and what an answer holds, shared by HTTP, command line and jobs."""
