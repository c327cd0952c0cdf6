"""The networks of a model directory, run by onnxruntime: texts or pictures -> words. No torch.

- ``vocabulary.txt``: the tokens, one a line; ``special.txt``: those that are no words.
- ``text.onnx`` and ``tokenizer.json``: texts -> weights of all words.
- ``image.onnx`` and ``picture.json``: pictures -> weights of all words.
"""
