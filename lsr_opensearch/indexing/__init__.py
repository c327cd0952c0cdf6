"""From files to documents: sources, captions, plan, decoding, encoding, writing."""
