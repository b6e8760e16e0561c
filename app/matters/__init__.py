"""Service matters (事项): their guides, themes, search, import and export."""
