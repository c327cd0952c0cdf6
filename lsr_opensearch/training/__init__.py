"""Training of sparse encoders; everything below needs the extra ``torch``."""
