"""Huainan. What is in the files, where it comes from and what is still to be checked: README.md here."""
