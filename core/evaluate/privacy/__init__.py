"""What a copy gives away."""
