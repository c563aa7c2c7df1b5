"""The desk: a page without enrolment waits, a wallet meets it, and a box that nobody here can open goes across."""
