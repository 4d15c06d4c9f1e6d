"""What a copy is good for."""
