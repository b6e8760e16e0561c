#!/bin/sh
# Write migrations for what changed in the models, without the models' docstrings: Tortoise puts them into CREATE TABLE
# as comments and then cuts the statement at their semicolons. It also misses them in the migrations it reads, and writes
# an alteration of nothing for each model: those go as well, and a migration that has nothing else.
set -eu
.venv/bin/tortoise makemigrations
sed -i -E "s/, 'table_description': ('([^'\\\\]|\\\\.)*'|\"([^\"\\\\]|\\\\.)*\")//" */migrations/0*.py
sed -i '/ops.AlterModelOptions(/,/^        ),$/d' */migrations/0*.py
for migration in */migrations/0*.py; do grep -q 'ops\.[A-Z]' "$migration" || rm "$migration"; done
