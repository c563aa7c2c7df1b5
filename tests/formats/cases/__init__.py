"""The vectors, page by page: what must be read, and above all what must be refused."""
