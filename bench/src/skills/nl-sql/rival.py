"""Reads {"tables": {...}, "questions": [...]}; prints the SQL that text2sql-lite writes for each, or null where it refuses."""

import json
import sys

from text2sql_lite import Dialect, translate
from text2sql_lite.schema import Column, Table, TableSchema

asked = json.load(sys.stdin)
tables = [Table(name, tuple(Column(column) for column in columns)) for name, columns in asked["tables"].items()]
schema = TableSchema(tuple(tables))


def answer(question):
    try:
        return translate(question, dialect=Dialect.SQLITE, schema=schema).sql
    except ValueError:
        return None


print(json.dumps([answer(question) for question in asked["questions"]]))
