"""The data part: what the prices come to. Nothing was granted to it."""

import os
import socket

import prices
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.analysis import Summary, Trend_Falling, Trend_Rising, Trend_Steady
from wit_world.imports.model import Access_File, Access_Network


class Analysis(exports.Analysis):
    def summarize(self, quotes):
        try:
            return [summary(quote) for quote in quotes]
        except prices.Invalid as problem:
            raise Err(str(problem)) from problem

    def attempt(self, what):
        try:
            if isinstance(what, Access_Network):
                host, _, port = what.value.partition("://")[2].partition(":")
                with socket.socket() as connection:
                    connection.connect((host, int(port or 80)))
                return f"connected to {host}:{port}"
            if isinstance(what, Access_File):
                with open(what.value) as file:
                    return f"read {len(file.read())} characters"
        except (OSError, ValueError) as error:
            raise Err(f"{type(error).__name__}: {error}") from error
        value = os.environ.get(what.value)
        if value is None:
            raise Err("not set")
        return value

    def ping(self, n):
        return n + 1


def summary(quote):
    found = prices.figures(quote.symbol, quote.prices)
    per_day = found.pop("per_day")
    if per_day > prices.STEADY:
        trend = Trend_Rising(per_day)
    else:
        trend = Trend_Falling(-per_day) if per_day < -prices.STEADY else Trend_Steady()
    return Summary(symbol=quote.symbol, **found, trend=trend)
