"""The resources of the interface of this name."""

from wit_world.exports import books

shelf = []


class Search(books.Search):
    def __init__(self, tag):
        self.tag = tag
        self.at = 0

    def next(self, most):
        found = []
        while self.at < len(shelf) and len(found) < most:
            book = shelf[self.at]
            self.at += 1
            if self.tag in book.tags:
                found.append(book)
        return found
