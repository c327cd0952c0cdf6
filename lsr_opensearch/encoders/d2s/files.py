"""The files of a D2S model directory beside those of its networks (`encoders.networks`)."""

HEAD = "head.safetensors"
QUERY_TABLE = "query_terms.npz"
