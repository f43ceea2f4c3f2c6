"""Bytes and files to columns: what is missing, invalid, undecodable."""
