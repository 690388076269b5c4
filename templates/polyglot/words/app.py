"""Counts the words of a text.

The component is a snapshot of the program after its imports: import at the top what will be needed.
"""

import re
from collections import Counter

from wit_world import exports
from wit_world.exports.words import Count


class Words(exports.Words):
    def most_frequent(self, text: str, limit: int) -> list[Count]:
        counts = Counter(re.findall(r"\w+", text.lower()))
        # The most frequent first; of equals, in the order of the alphabet.
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [Count(word, times) for word, times in best[:limit]]
