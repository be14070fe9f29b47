"""Flesch's formulas: how easy an English text is to read."""

import re

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")


def score(text: str) -> dict[str, float]:
    """Counts and scores a text.

    Reading ease: 100 is very easy, 0 very hard. Grade: years of school in the United States.
    Flesch (1948) and Kincaid et al. (1975). A text without a word has neither, so it raises ValueError.
    """
    words = _WORD.findall(text)
    if not words:
        raise ValueError("The text has no word of the letters A to Z, so it cannot be scored.")
    sentences = sum(1 for part in _SENTENCE_END.split(text) if _WORD.search(part))
    syllables = sum(_syllables(word.lower()) for word in words)
    words_per_sentence = len(words) / sentences
    syllables_per_word = syllables / len(words)
    return {
        "words": len(words),
        "sentences": sentences,
        "syllables": syllables,
        "reading_ease": round(206.835 - 1.015 * words_per_sentence - 84.6 * syllables_per_word, 1),
        "grade": round(0.39 * words_per_sentence + 11.8 * syllables_per_word - 15.59, 1),
    }


def _syllables(word: str) -> int:
    """Groups of vowels, but for a silent e at the end: right for most English words."""
    groups = len(_VOWELS.findall(word))
    silent = word.endswith("e") and not word.endswith("le") and groups > 1
    return max(1, groups - silent)
