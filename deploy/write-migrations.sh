#!/bin/sh
# Write migrations for what changed in the models, without the models' docstrings: Tortoise puts them into CREATE TABLE
# as comments and then cuts the statement at their semicolons.
set -eu
.venv/bin/tortoise makemigrations
sed -i -E "s/, 'table_description': ('([^'\\\\]|\\\\.)*'|\"([^\"\\\\]|\\\\.)*\")//" */migrations/0*.py
