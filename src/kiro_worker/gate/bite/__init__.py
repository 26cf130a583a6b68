"""The bite check: whether new and changed tests fail without the change that they test."""
