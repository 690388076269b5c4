"""Keeps books, and tells what it sees of its world: what data/src/lib.rs does, in Python."""

import os

import books
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.books import Book, Problem_Invalid, Problem_Missing

calls = 0


class Books(exports.Books):
    def add(self, title, tags):
        if not title:
            raise Err(Problem_Invalid("a book has a title"))
        books.shelf.append(Book(len(books.shelf) + 1, title, tags))
        return books.shelf[-1]

    def get(self, id):
        if not 0 < id <= len(books.shelf):
            raise Err(Problem_Missing(id))
        return books.shelf[id - 1]

    def fail(self):
        raise RuntimeError("asked to")


class View:
    def variable(self, name):
        return os.environ.get(name)

    def file(self, path):
        try:
            with open(path) as file:
                return file.read()
        except OSError as error:
            raise Err(error.strerror) from error

    def count(self):
        global calls
        calls += 1
        return calls


class Left(View, exports.Left):
    pass


class Right(View, exports.Right):
    pass
