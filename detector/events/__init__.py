"""What the detector says: the drift event, its CloudEvents form and its schema."""
