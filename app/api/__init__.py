"""The routes: a file per resource. They read requests and write responses; what happens is in ``app.services``."""
