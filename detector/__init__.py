"""Names what broke when live features are normalised differently from training."""
