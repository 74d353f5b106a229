"""What runs beside requests: dispatching events, running jobs, scheduled work."""
