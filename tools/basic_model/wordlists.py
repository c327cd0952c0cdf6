"""Hand-made word lists of the build; stop words and colours are the run time's own."""

from __future__ import annotations

# Synsets too general or too technical to be search words, by their first lemma.
GENERAL_SYNSETS = frozenset(
    """entity|physical entity|object|whole|artifact|living thing|organism|matter|abstraction|unit
    |physical object|artefact|causal agent|thing|instrumentality|instrumentation
    |psychological feature|being|animate thing|substance|group|attribute|relation|cause
    |causal agency|part|piece|way|conveyance|transport|placental|placental mammal|eutherian
    |eutherian mammal|chordate|vertebrate|craniate|consumer goods|commodity|trade good|good|device
    |covering|creation|product|production|solid|foodstuff|food product|nutriment|nourishment
    |nutrition|sustenance|aliment|alimentation|victuals|mechanism|implement|equipment
    |domestic animal|domesticated animal|structure|construction|container|durables|durable goods
    |consumer durables|carnivore|creature|animate being|beast|brute|fauna|constituent|component
    |component part|article|unguiculate|unguiculate mammal|mammalian|diapsid|diapsid reptile
    |anapsid|anapsid reptile|ungulate|hoofed mammal|self-propelled vehicle|wheeled vehicle|craft
    |canid|felid|wheeled""".replace("\n    ", "").split("|")
)

_EVERYDAY_LEMMAS = """
animal mammal bird fish insect reptile dog cat vehicle food building furniture clothing plant flower
fruit vegetable tool weapon boat ship car truck person sport container
"""
# Lemmas kept although their synset's first lemma is general.
KEPT_LEMMAS = frozenset(_EVERYDAY_LEMMAS.split())
