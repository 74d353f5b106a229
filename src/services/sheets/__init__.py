"""Files of rows that people keep in spreadsheet programs: reading and writing them."""
