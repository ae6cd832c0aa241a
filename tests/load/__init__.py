"""`make load`: mixed load on a service process, beside an endpoint that only parses the same body."""
