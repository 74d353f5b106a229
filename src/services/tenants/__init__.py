"""The stores as whoever runs the platform sees them."""
