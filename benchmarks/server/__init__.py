"""What one server takes in."""
