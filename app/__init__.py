"""The creatormix service: HTTP API, command line, storage. The mind is in ``optimizer``."""
