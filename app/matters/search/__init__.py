"""Finding a matter by whatever a citizen types. Pure: knows no database, no clock; an index is never changed."""
