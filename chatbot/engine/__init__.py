"""The answering engine. Pure: knows no database, no channel, no clock and no file; an index is never changed."""
