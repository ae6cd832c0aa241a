"""Telling other services that an optimization has ended: queued with the end itself, signed, sent, tried again."""
