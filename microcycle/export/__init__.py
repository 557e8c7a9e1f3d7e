"""A saved week to what people and their programs take along: calendar, page, picture, document, table, training hub."""
