"""Powers: versioned packages of standards, read, judged, locked, fetched and kept."""
