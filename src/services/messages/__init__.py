"""Messages: those WeChat pushes to us, and those we send to shoppers."""
