"""Documents as text: for terminals, pages, spreadsheets and programs."""
