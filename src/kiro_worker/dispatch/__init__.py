"""From cards on a board to runs: what may be worked on, in which order, when again, and what has to be put right."""
