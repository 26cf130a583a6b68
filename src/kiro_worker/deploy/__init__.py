"""Deploying to AWS: what it needs may be done, does it, proves it, and takes it away again."""
