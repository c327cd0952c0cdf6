"""Stage "texts": sentence vectors of captions, classes and vocabulary -> ``texts.npz``.

- captions float32 [captions, 384]: the captions of the rows, in order;
- class_texts [texts, 384] and class_of_text [texts]; the texts themselves in ``class-texts.json``;
- words [16523, 384]: one vector a word of ``head-words.txt``, the words that the network can say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

import numpy as np

from tools.basic_model import wordnet
from tools.basic_model.imagenet import ImageNetClasses
from tools.basic_model.sentences import SentenceEncoder
from tools.basic_model.workspace import Workspace


def run(work: Workspace) -> None:
    import torch

    torch.set_num_threads(work.threads)
    encoder = SentenceEncoder()
    nouns = wordnet.read_nouns(work.wordnet)
    texts, class_of_text = ImageNetClasses.load().texts(nouns)
    lemmas = wordnet.read_lemmas(work.wordnet)
    irregular = wordnet.read_exceptions(work.wordnet, ("noun", "verb", "adj"))
    words = whole_words(encoder.tokenizer.get_vocab(), lemmas, irregular)
    captions = [caption for row in work.rows() for caption in row.captions]
    np.savez(
        work.file("texts.npz"),
        captions=encoder(captions),
        class_texts=encoder(texts),
        class_of_text=np.array(class_of_text),
        words=encoder(words, batch=256),
    )
    work.file("class-texts.json").write_text(json.dumps(texts))
    work.file("head-words.txt").write_text("\n".join(words) + "\n")
    print(f"  {len(captions)} captions, {len(texts)} class texts, {len(words)} words")


def whole_words(
    word_pieces: Mapping[str, int], lemmas: Collection[str], irregular: Mapping[str, str]
) -> list[str]:
    """The entries of a BERT vocabulary that are whole English words, in its order."""
    ordered = sorted(word_pieces, key=lambda piece: word_pieces[piece])
    return [
        piece
        for piece in ordered
        if re.fullmatch(r"[a-z]+", piece) and wordnet.is_word(piece, lemmas, irregular)
    ]
