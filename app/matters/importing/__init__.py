"""Departments' files turned into guides: read under limits, checked cell by cell, planned, and only then applied.

A matter with its materials goes in whole or not at all: a row with an error stays out and is reported with its line;
the others go in, all in one transaction. A fault of the file itself (no such sheet, no such column, not a workbook,
too large) refuses the file and changes nothing.
"""
