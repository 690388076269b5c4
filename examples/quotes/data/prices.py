"""What prices come to. Plain Python, which knows nothing of components: services/data.py uses it too."""

import math
from operator import mul

# Less than so many per cent a day is no trend.
STEADY = 0.05


class Invalid(Exception):
    """Nothing can be said of such prices."""


def figures(symbol, prices):
    """By their names: last, change, low, high, mean, deviation and per_day, the trend."""
    if not prices or not all(map(math.isfinite, prices)):
        raise Invalid(f"{symbol}: prices are one number or more")
    low = min(prices)
    if low <= 0:
        raise Invalid(f"{symbol}: a price is above 0")
    first, last = prices[0], prices[-1]
    mean = math.fsum(prices) / len(prices)
    spread = math.dist(prices, [mean] * len(prices)) / math.sqrt(max(1, len(prices) - 1))
    return {
        "last": last,
        "change": 100 * (last - first) / first,
        "low": low,
        "high": max(prices),
        "mean": mean,
        "deviation": 100 * spread / mean,
        "per_day": 100 * slope(prices) / mean,
    }


def slope(prices):
    """How much is added a day, by least squares."""
    count = len(prices)
    if count < 2:
        return 0.0
    middle = (count - 1) / 2
    # The days' squared distances from their middle add up to this.
    squares = count * (count * count - 1) / 12
    return sum(map(mul, [day - middle for day in range(count)], prices)) / squares
