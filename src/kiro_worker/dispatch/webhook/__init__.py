"""Webhooks: a forge says that something happened, and the next look is made at once. Polling stays the truth."""
