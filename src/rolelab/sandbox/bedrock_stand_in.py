"""What answers in the place of a foundation model: a few rules, no model, always the same.

It says how a text feels when it is asked for a sentiment, gives the first sentence when it is asked
for a summary, and else answers a question with the sentence of the prompt that shares most words
with it. Every answer begins with a label, so that nobody takes it for a model's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABEL = "[stand-in]"

_TOKEN = re.compile(rf"{re.escape(LABEL)}|\w+|[^\w\s]")
_WORD = re.compile(r"[a-z']+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_QUOTED = re.compile(r'["“](?P<text>[^"”]{3,})["”]')


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_POSITIVE = _listed(
    """
    amazing awesome beautiful best brilliant delighted easy enjoy enjoyed excellent fantastic
    fast friendly glad good great happy helpful impressed like liked love loved nice perfect
    pleased quick recommend satisfied superb thank thanks wonderful
    """
)
_NEGATIVE = _listed(
    """
    angry annoyed annoying awful bad broken confusing damaged delayed disappointed disappointing
    dreadful error fail failed hate hated horrible late lost missing poor refund rude sad slow
    terrible unhappy unusable waste worse worst wrong
    """
)
_TURNS = frozenset({"not", "no", "never", "hardly", "isn't", "wasn't", "don't", "didn't"})
_ASKS_FOR_SENTIMENT = re.compile(r"\bsentiment\b|\bpositive\b.*\bnegative\b|\btone\b", re.S)
_ASKS_FOR_SUMMARY = re.compile(r"\bsummar(y|i[sz]e)|\bshorten\b")
_COMMON = _listed(
    """
    a an and are as at be by can did do does for from had has have how i in is it its of on or
    please that the their them there these they this to was we were what when where which who
    why will with you your
    """
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked.

    Attributes:
        messages: role (`user`, `assistant`) and text, in order; the last is the question.
        system: instructions for all of them.
        most: how many tokens the answer may have. None: as many as the model gives.
        stops: texts at which the answer ends.
    """

    messages: tuple[tuple[str, str], ...]
    system: str = ""
    most: int | None = None
    stops: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """How many tokens the prompt has."""
        return sum(tokens(text) for text in (self.system, *(text for _, text in self.messages)))


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer.

    Attributes:
        text: what is answered.
        reason: why it ends: `end_turn`, `max_tokens` or `stop_sequence`.
        tokens: how many tokens it has.
        stop: the text at which it ended.
    """

    text: str
    reason: str
    tokens: int
    stop: str | None = None


def tokens(text: str) -> int:
    """Count tokens: words and signs. Models count in other pieces; the order of size is right."""
    return len(_TOKEN.findall(text))


def complete(prompt: Prompt) -> Completion:
    """Answer a prompt."""
    text = f"{LABEL} {_answer(prompt)}"
    found = [(text.index(stop), stop) for stop in prompt.stops if stop and stop in text]
    stop = None
    if found:
        position, stop = min(found)
        text = text[:position]
    pieces = list(_TOKEN.finditer(text))
    if prompt.most is not None and len(pieces) > prompt.most:
        return Completion(text[: pieces[prompt.most - 1].end()], "max_tokens", prompt.most)
    return Completion(text, "stop_sequence" if stop else "end_turn", len(pieces), stop)


def pieces(text: str) -> list[str]:
    """Cut a text as it is streamed: word by word, nothing lost."""
    return re.findall(r"\S+\s*|\s+", text) or [text]


# --- the rules --------------------------------------------------------------------------------


def _answer(prompt: Prompt) -> str:
    asked = prompt.messages[-1][1]
    told = f"{prompt.system}\n{asked}".lower()
    if _ASKS_FOR_SENTIMENT.search(told):
        return _feeling(_subject(asked))
    if _ASKS_FOR_SUMMARY.search(told):
        return (_sentences(_subject(asked)) or [asked])[0]
    return _nearest(asked, [prompt.system, *(text for _, text in prompt.messages)])


def _subject(asked: str) -> str:
    """What an instruction is about: the quoted text, or what follows the colon or the line."""
    quoted = _QUOTED.search(asked)
    if quoted is not None:
        return quoted["text"]
    first, _, rest = asked.partition(":")
    if not rest.strip():
        first, _, rest = asked.partition("\n")
    return rest.strip() or first


def _feeling(text: str) -> str:
    """Positive, negative or neutral, by the words of the text."""
    score, turned = 0, False
    for word in _WORD.findall(text.lower()):
        if word in _TURNS:
            turned = True
            continue
        value = (word in _POSITIVE) - (word in _NEGATIVE)
        score += -value if turned else value
        turned = turned and value == 0
    if score == 0:
        return "neutral"
    return "positive" if score > 0 else "negative"


def _nearest(asked: str, texts: Sequence[str]) -> str:
    """The sentence that shares most words with the question; of equals the first."""
    question = (_sentences(asked) or [asked])[-1]
    wanted = _words(question)
    candidates = [each for text in texts for each in _sentences(text) if each != question]
    best = max(candidates, key=lambda each: len(wanted & _words(each)), default="")
    if not wanted & _words(best):
        return f"The prompt does not say: {question}"
    return best


def _sentences(text: str) -> list[str]:
    return [each.strip() for each in _SENTENCE.findall(text) if each.strip()]


def _words(text: str) -> frozenset[str]:
    return _stems(word for word in _WORD.findall(text.lower()) if word not in _COMMON)


def _stems(words: Iterable[str]) -> frozenset[str]:
    """Words without the endings that a question changes: refunds, refunded."""
    return frozenset(re.sub(r"('s|s|ed|ing)$", "", word) for word in words)
