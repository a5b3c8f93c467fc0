"""A table as a page that a person can sort and search."""
