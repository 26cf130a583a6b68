"""Work items on a project of GitHub (Projects v2)."""
