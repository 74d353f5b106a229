"""Commands of an operator: `flask --app wsgi …`. One module per group."""
