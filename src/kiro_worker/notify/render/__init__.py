"""One notice as mail, as Slack's blocks, as Teams' card, as a document for machines: pure, and each in one file."""
