"""Tables and lines that people like to read."""
