"""One folder for each city: its departments, halls, matters and words. Another city brings its own."""
